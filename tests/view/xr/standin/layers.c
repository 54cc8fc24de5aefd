/* What the client hands over with xrEndFrame: checked layer by layer, written down, dumped. */
#include "standin.h"

#include <math.h>
#include <stdio.h>

typedef const XrCompositionLayerProjection Projection;
typedef const XrCompositionLayerEquirect2KHR Equirect;

static XrResult check_image(const char *call, const XrSwapchainSubImage *sub, const char *what) {
  Swapchain *swapchain = (Swapchain *)sub->swapchain;
  XrOffset2Di at = sub->imageRect.offset;
  XrExtent2Di size = sub->imageRect.extent;
  if (!object_is(SWAPCHAIN, swapchain))
    return refuse(call, XR_ERROR_HANDLE_INVALID, "%s: the swapchain is none", what);
  say("\"%s_rect\": [%d, %d, %d, %d], \"%s_swapchain\": %llu", what, at.x, at.y, size.width, size.height,
      what, (unsigned long long)(uintptr_t)swapchain);
  if (!swapchain->released)
    return refuse(call, XR_ERROR_LAYER_INVALID, "%s: no image was ever released", what);
  if (sub->imageArrayIndex >= swapchain->info.arraySize)
    return refuse(call, XR_ERROR_VALIDATION_FAILURE, "%s: image %u of an array", what, sub->imageArrayIndex);
  int64_t right = (int64_t)at.x + size.width, top = (int64_t)at.y + size.height;
  if (at.x < 0 || at.y < 0 || size.width < 1 || size.height < 1 || right > swapchain->info.width ||
      top > swapchain->info.height)
    return refuse(call, XR_ERROR_SWAPCHAIN_RECT_INVALID, "%s: %dx%d at %d,%d in an image of %ux%u", what,
                  size.width, size.height, at.x, at.y, swapchain->info.width, swapchain->info.height);
  return XR_SUCCESS;
}

static bool sane_fov(XrFovf fov) {
  double most = M_PI / 2;
  return isfinite(fov.angleLeft + fov.angleRight + fov.angleUp + fov.angleDown) &&
         fov.angleLeft < fov.angleRight && fov.angleDown < fov.angleUp && fabs(fov.angleLeft) < most &&
         fabs(fov.angleRight) < most && fabs(fov.angleUp) < most && fabs(fov.angleDown) < most;
}

static XrResult check_depth(const char *call, const XrCompositionLayerDepthInfoKHR *depth,
                            const XrSwapchainSubImage *colour) {
  if (!has_extension(XR_KHR_COMPOSITION_LAYER_DEPTH_EXTENSION_NAME))
    return refuse(call, XR_ERROR_LAYER_INVALID, "depth without XR_KHR_composition_layer_depth");
  XrResult result = check_image(call, &depth->subImage, "depth");
  if (result != XR_SUCCESS) return result;
  say_numbers("depth", 4, (double[]){depth->minDepth, depth->maxDepth, depth->nearZ, depth->farZ});
  XrExtent2Di a = depth->subImage.imageRect.extent, b = colour->imageRect.extent;
  if (a.width != b.width || a.height != b.height)
    return refuse(call, XR_ERROR_LAYER_INVALID, "depth of %dx%d for colour of %dx%d", a.width, a.height,
                  b.width, b.height);
  if (!picture_is_depth(((Swapchain *)depth->subImage.swapchain)->info.format))
    return refuse(call, XR_ERROR_LAYER_INVALID, "depth from a swapchain of colour");
  bool sane = depth->minDepth >= 0 && depth->maxDepth <= 1 && depth->minDepth <= depth->maxDepth &&
              depth->nearZ != depth->farZ && depth->nearZ >= 0 && depth->farZ >= 0;
  return sane ? XR_SUCCESS : refuse(call, XR_ERROR_VALIDATION_FAILURE, "depth out of its range");
}

static XrResult check_view(const char *call, const XrCompositionLayerProjectionView *view) {
  if (view->type != XR_TYPE_COMPOSITION_LAYER_PROJECTION_VIEW)
    return refuse(call, XR_ERROR_VALIDATION_FAILURE, "a view of type %d", (int)view->type);
  if (!pose_is_sane(view->pose)) return refuse(call, XR_ERROR_POSE_INVALID, "the pose of a view");
  if (!sane_fov(view->fov)) return refuse(call, XR_ERROR_VALIDATION_FAILURE, "the fov of a view");
  say_pose("pose", pose_from(view->pose));
  XrFovf fov = view->fov;
  say_numbers("fov", 4, (double[]){fov.angleLeft, fov.angleRight, fov.angleUp, fov.angleDown});
  XrResult result = check_image(call, &view->subImage, "colour");
  if (result != XR_SUCCESS) return result;
  if (picture_is_depth(((Swapchain *)view->subImage.swapchain)->info.format))
    return refuse(call, XR_ERROR_LAYER_INVALID, "colour from a swapchain of depth");
  for (const XrBaseInStructure *next = view->next; next && result == XR_SUCCESS; next = next->next)
    if (next->type == XR_TYPE_COMPOSITION_LAYER_DEPTH_INFO_KHR)
      result = check_depth(call, (const void *)next, &view->subImage);
  return result;
}

static XrResult check_projection(const char *call, Projection *layer) {
  if (layer->viewCount != 2 || !layer->views)
    return refuse(call, XR_ERROR_VALIDATION_FAILURE, "%u views, expected 2", layer->viewCount);
  for (uint32_t eye = 0; eye < 2; eye++) {
    say_open("eye%u", eye);
    XrResult result = check_view(call, &layer->views[eye]);
    if (result != XR_SUCCESS) return result;
    say_close(false);
  }
  return XR_SUCCESS;
}

static XrResult check_equirect(const char *call, Equirect *layer) {
  if (!has_extension(XR_KHR_COMPOSITION_LAYER_EQUIRECT2_EXTENSION_NAME))
    return refuse(call, XR_ERROR_LAYER_INVALID, "a sky without XR_KHR_composition_layer_equirect2");
  if (!pose_is_sane(layer->pose)) return refuse(call, XR_ERROR_POSE_INVALID, "the pose of the sky");
  say_pose("pose", pose_from(layer->pose));
  say_numbers("radius", 1, (double[]){layer->radius});
  say_numbers(
      "angles", 3,
      (double[]){layer->centralHorizontalAngle, layer->upperVerticalAngle, layer->lowerVerticalAngle});
  say("\"visibility\": %d", (int)layer->eyeVisibility);
  bool sane = layer->radius >= 0 && layer->centralHorizontalAngle > 0 &&
              layer->centralHorizontalAngle <= 2 * M_PI + 1e-5 &&
              layer->upperVerticalAngle > layer->lowerVerticalAngle &&
              layer->upperVerticalAngle <= M_PI / 2 + 1e-5 && layer->lowerVerticalAngle >= -M_PI / 2 - 1e-5;
  if (!sane) return refuse(call, XR_ERROR_VALIDATION_FAILURE, "the angles of the sky");
  return check_image(call, &layer->subImage, "colour");
}

static XrResult check_layer(const char *call, const XrCompositionLayerBaseHeader *layer) {
  if (!layer) return refuse(call, XR_ERROR_LAYER_INVALID, "a layer that is NULL");
  if (!object_is(SPACE, (void *)layer->space))
    return refuse(call, XR_ERROR_HANDLE_INVALID, "the space of a layer is none");
  const Space *space = (const Space *)layer->space;
  Pose world = POSE_NONE;
  space_in_world(space, (double)now.frame, &world);
  say("\"flags\": %llu", (unsigned long long)layer->layerFlags);
  say_text("space", space_name(space));
  say_pose("space_in_stage", world);
  if (layer->type == XR_TYPE_COMPOSITION_LAYER_PROJECTION) return check_projection(call, (Projection *)layer);
  if (layer->type == XR_TYPE_COMPOSITION_LAYER_EQUIRECT2_KHR) return check_equirect(call, (Equirect *)layer);
  return refuse(call, XR_ERROR_LAYER_INVALID, "a layer of type %d", (int)layer->type);
}

XrResult layers_check(const char *call, const XrFrameEndInfo *info) {
  say("\"layers\": %u", info->layerCount);
  if (info->layerCount && !info->layers) return refuse(call, XR_ERROR_VALIDATION_FAILURE, "layers is NULL");
  for (uint32_t i = 0; i < info->layerCount; i++) {
    say_open("layer%u", i);
    say("\"type\": %d", info->layers[i] ? (int)info->layers[i]->type : 0);
    XrResult result = check_layer(call, info->layers[i]);
    if (result != XR_SUCCESS) return result;
    say_close(false);
  }
  return XR_SUCCESS;
}

static void dump_image(const XrSwapchainSubImage *sub, const char *prefix, const char *suffix) {
  char file[2 * TEXT];
  const Swapchain *swapchain = (const Swapchain *)sub->swapchain;
  snprintf(file, sizeof file, "%s-%s", prefix, suffix);
  bool good =
      picture_write(swapchain->textures[swapchain->last], swapchain->info.format, sub->imageRect, file);
  say_open(suffix, 0);
  say("\"width\": %d, \"height\": %d, \"format\": %lld, \"good\": %s", sub->imageRect.extent.width,
      sub->imageRect.extent.height, (long long)swapchain->info.format, good ? "true" : "false");
  say_text("file", file);
  say_close(false);
}

static void dump_projection(Projection *layer, const char *prefix) {
  for (uint32_t eye = 0; eye < layer->viewCount; eye++) {
    char suffix[32];
    snprintf(suffix, sizeof suffix, "%u.rgba", eye);
    dump_image(&layer->views[eye].subImage, prefix, suffix);
    snprintf(suffix, sizeof suffix, "%u.depth", eye);
    for (const XrBaseInStructure *next = layer->views[eye].next; next; next = next->next)
      if (next->type == XR_TYPE_COMPOSITION_LAYER_DEPTH_INFO_KHR)
        dump_image(&((const XrCompositionLayerDepthInfoKHR *)next)->subImage, prefix, suffix);
  }
}

void layers_dump(const XrFrameEndInfo *info, const char *prefix) {
  for (uint32_t i = 0; i < info->layerCount; i++) {
    const XrCompositionLayerBaseHeader *layer = info->layers[i];
    if (layer->type == XR_TYPE_COMPOSITION_LAYER_PROJECTION) dump_projection((Projection *)layer, prefix);
    else dump_image(&((Equirect *)layer)->subImage, prefix, "sky.rgba");
  }
}
