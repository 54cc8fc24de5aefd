/* Swapchains: acquire, wait, release, in that order. */
#include "standin.h"

#include <string.h>

XrResult XRAPI_CALL xrEnumerateSwapchainFormats(XrSession session, uint32_t capacity, uint32_t *count,
                                                int64_t *formats) {
  ENTER(SESSION, session);
  DONE(list_out(capacity, count, script.format_count, script.formats, sizeof *formats, formats));
}

static bool offers(int64_t format) {
  for (uint32_t i = 0; i < script.format_count; i++)
    if (script.formats[i] == format) return true;
  return false;
}

static const char *unfit(const XrSwapchainCreateInfo *info) {
  bool depth = picture_is_depth(info->format);
  if (info->arraySize != 1 || info->faceCount != 1)
    return "one image, one face: arraySize and faceCount must be 1";
  if (info->sampleCount != 1) return "sampleCount must be 1, as recommended";
  if (info->width < 1 || info->height < 1 || info->mipCount < 1) return "an image without pixels";
  if (info->width > script.image_width || info->height > script.image_height)
    return "larger than the largest image";
  if (info->createFlags & ~(XrSwapchainCreateFlags)XR_SWAPCHAIN_CREATE_STATIC_IMAGE_BIT)
    return "only static or no flags";
  if (depth && info->usageFlags & XR_SWAPCHAIN_USAGE_COLOR_ATTACHMENT_BIT) return "depth used as colour";
  if (!depth && info->usageFlags & XR_SWAPCHAIN_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT)
    return "colour used as depth";
  return NULL;
}

XrResult XRAPI_CALL xrCreateSwapchain(XrSession session, const XrSwapchainCreateInfo *info,
                                      XrSwapchain *out) {
  ENTER(SESSION, session);
  CHECK_TYPE(info, XR_TYPE_SWAPCHAIN_CREATE_INFO);
  say("\"format\": %lld, \"width\": %u, \"height\": %u, \"flags\": %llu, \"usage\": %llu",
      (long long)info->format, info->width, info->height, (unsigned long long)info->createFlags,
      (unsigned long long)info->usageFlags);
  CHECK(offers(info->format), XR_ERROR_SWAPCHAIN_FORMAT_UNSUPPORTED, "format 0x%llX is not offered",
        (unsigned long long)info->format);
  const char *why = unfit(info);
  CHECK(!why, XR_ERROR_FEATURE_UNSUPPORTED, "%s", why);
  Swapchain *swapchain = object_new(SWAPCHAIN, sizeof *swapchain, (void *)session);
  swapchain->info = *info;
  swapchain->count = info->createFlags & XR_SWAPCHAIN_CREATE_STATIC_IMAGE_BIT ? 1 : script.images;
  picture_enter();
  bool whole = true;
  for (uint32_t i = 0; i < swapchain->count; i++) {
    swapchain->textures[i] = picture_texture(info->format, info->width, info->height, info->mipCount);
    whole = whole && swapchain->textures[i];
    if (swapchain->textures[i]) picture_scribble(swapchain->textures[i], info->format);
  }
  picture_leave();
  if (!whole) object_destroy(swapchain);
  CHECK(whole, XR_ERROR_RUNTIME_FAILURE, "OpenGL makes no texture of that kind");
  say("\"swapchain\": %llu", (unsigned long long)(uintptr_t)swapchain);
  *out = (XrSwapchain)swapchain;
  DONE(XR_SUCCESS);
}

void swapchain_clean(Swapchain *swapchain) {
  picture_enter();
  for (uint32_t i = 0; i < swapchain->count; i++)
    if (swapchain->textures[i]) picture_delete(swapchain->textures[i]);
  picture_leave();
}

XrResult XRAPI_CALL xrDestroySwapchain(XrSwapchain swapchain) {
  ENTER(SWAPCHAIN, swapchain);
  object_destroy((void *)swapchain);
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrEnumerateSwapchainImages(XrSwapchain handle, uint32_t capacity, uint32_t *count,
                                               XrSwapchainImageBaseHeader *images) {
  ENTER(SWAPCHAIN, handle);
  Swapchain *swapchain = (Swapchain *)handle;
  *count = swapchain->count;
  if (capacity == 0) DONE(XR_SUCCESS);
  if (capacity < swapchain->count) DONE(XR_ERROR_SIZE_INSUFFICIENT);
  XrSwapchainImageOpenGLKHR *out = (XrSwapchainImageOpenGLKHR *)images;
  for (uint32_t i = 0; i < swapchain->count; i++) {
    CHECK_TYPE(out + i, XR_TYPE_SWAPCHAIN_IMAGE_OPENGL_KHR);
    out[i].image = swapchain->textures[i];
  }
  DONE(XR_SUCCESS);
}

/* `taken`, `waited` and `released` count images since the beginning: taken >= waited >= released. */
XrResult XRAPI_CALL xrAcquireSwapchainImage(XrSwapchain handle, const XrSwapchainImageAcquireInfo *info,
                                            uint32_t *index) {
  ENTER(SWAPCHAIN, handle);
  Swapchain *swapchain = (Swapchain *)handle;
  CHECK(!info || info->type == XR_TYPE_SWAPCHAIN_IMAGE_ACQUIRE_INFO, XR_ERROR_VALIDATION_FAILURE,
        "acquire info without its type");
  bool still = swapchain->info.createFlags & XR_SWAPCHAIN_CREATE_STATIC_IMAGE_BIT;
  CHECK(!still || !swapchain->taken, XR_ERROR_CALL_ORDER_INVALID, "a static image is acquired once");
  CHECK(swapchain->taken - swapchain->released < swapchain->count, XR_ERROR_CALL_ORDER_INVALID,
        "all images are acquired");
  *index = swapchain->taken++ % swapchain->count;
  if (script.scribble || script.unbind) {
    picture_enter();
    if (script.scribble) picture_scribble(swapchain->textures[*index], swapchain->info.format);
    picture_leave();
  }
  say("\"index\": %u", *index);
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrWaitSwapchainImage(XrSwapchain handle, const XrSwapchainImageWaitInfo *info) {
  ENTER(SWAPCHAIN, handle);
  Swapchain *swapchain = (Swapchain *)handle;
  CHECK_TYPE(info, XR_TYPE_SWAPCHAIN_IMAGE_WAIT_INFO);
  CHECK(swapchain->waited < swapchain->taken, XR_ERROR_CALL_ORDER_INVALID, "no image is acquired");
  CHECK(swapchain->waited == swapchain->released, XR_ERROR_CALL_ORDER_INVALID,
        "the image waited for before is not released");
  swapchain->waited++;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrReleaseSwapchainImage(XrSwapchain handle, const XrSwapchainImageReleaseInfo *info) {
  ENTER(SWAPCHAIN, handle);
  Swapchain *swapchain = (Swapchain *)handle;
  CHECK(!info || info->type == XR_TYPE_SWAPCHAIN_IMAGE_RELEASE_INFO, XR_ERROR_VALIDATION_FAILURE,
        "release info without its type");
  CHECK(swapchain->released < swapchain->waited, XR_ERROR_CALL_ORDER_INVALID,
        "released before it was waited for");
  swapchain->last = swapchain->released++ % swapchain->count;
  if (script.unbind) {
    picture_enter();
    picture_leave();
  }
  DONE(XR_SUCCESS);
}
