/* Instance and system: what there is, before anything runs. */
#include "standin.h"

#include <openxr/openxr_reflection.h>
#include <stdio.h>
#include <string.h>

enum { SYSTEM = 1 };
static const struct {
  const char *name;
  uint32_t version;
} OFFERED[] = {{XR_KHR_OPENGL_ENABLE_EXTENSION_NAME, 10},
               {XR_MNDX_EGL_ENABLE_EXTENSION_NAME, 2},
               {LOCAL_FLOOR_EXTENSION, 1},
               {XR_KHR_COMPOSITION_LAYER_DEPTH_EXTENSION_NAME, 6},
               {XR_KHR_COMPOSITION_LAYER_EQUIRECT2_EXTENSION_NAME, 1},
               {XR_EXT_HAND_TRACKING_EXTENSION_NAME, 4},
               {HAND_INTERACTION_EXTENSION, 1}};
enum { OFFERS = sizeof OFFERED / sizeof *OFFERED };
static bool enabled[OFFERS];

static int offer_of(const char *name) {
  for (int i = 0; i < OFFERS; i++)
    if (strcmp(OFFERED[i].name, name) == 0 && script_offers(name)) return i;
  return -1;
}

bool has_extension(const char *name) {
  int i = offer_of(name);
  return i >= 0 && enabled[i];
}

XrResult XRAPI_CALL xrEnumerateInstanceExtensionProperties(const char *layer, uint32_t capacity,
                                                           uint32_t *count,
                                                           XrExtensionProperties *properties) {
  ENTER(ANY, NULL);
  CHECK(!layer, XR_ERROR_API_LAYER_NOT_PRESENT, "a runtime has no layers");
  uint32_t have = 0;
  for (int i = 0; i < OFFERS; i++) have += script_offers(OFFERED[i].name);
  *count = have;
  if (capacity == 0) DONE(XR_SUCCESS);
  if (capacity < have) DONE(XR_ERROR_SIZE_INSUFFICIENT);
  for (int i = 0, at = 0; i < OFFERS; i++) {
    if (!script_offers(OFFERED[i].name)) continue;
    CHECK_TYPE(properties + at, XR_TYPE_EXTENSION_PROPERTIES);
    snprintf(properties[at].extensionName, sizeof properties->extensionName, "%s", OFFERED[i].name);
    properties[at++].extensionVersion = OFFERED[i].version;
  }
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrCreateInstance(const XrInstanceCreateInfo *info, XrInstance *out) {
  ENTER(ANY, NULL);
  CHECK(!script.wrong[0], XR_ERROR_INITIALIZATION_FAILED, "the script is wrong: %.300s", script.wrong);
  CHECK_TYPE(info, XR_TYPE_INSTANCE_CREATE_INFO);
  CHECK(!object_next(INSTANCE, NULL, NULL), XR_ERROR_LIMIT_REACHED, "there is an instance already");
  XrVersion version = info->applicationInfo.apiVersion;
  CHECK(XR_VERSION_MAJOR(version) == 1 && XR_VERSION_MINOR(version) == 0, XR_ERROR_API_VERSION_UNSUPPORTED,
        "API %d.%d was asked for; this runtime is 1.0", (int)XR_VERSION_MAJOR(version),
        (int)XR_VERSION_MINOR(version));
  CHECK(info->applicationInfo.applicationName[0], XR_ERROR_NAME_INVALID, "the application has no name");
  memset(enabled, 0, sizeof enabled);
  for (uint32_t i = 0; i < info->enabledExtensionCount; i++) {
    int offer = offer_of(info->enabledExtensionNames[i]);
    CHECK(offer >= 0, XR_ERROR_EXTENSION_NOT_PRESENT, "%.200s is not offered",
          info->enabledExtensionNames[i]);
    enabled[offer] = true;
  }
  for (int i = 0; i < OFFERS; i++)
    if (enabled[i]) say("\"%s\": true", OFFERED[i].name);
  now.instance_lost = now.instance_pending = false;
  *out = (XrInstance)object_new(INSTANCE, sizeof(Instance), NULL);
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrDestroyInstance(XrInstance instance) {
  ENTER(INSTANCE, instance);
  suggestions_forget(NULL);
  object_destroy((void *)instance);
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrGetInstanceProperties(XrInstance instance, XrInstanceProperties *properties) {
  ENTER(INSTANCE, instance);
  CHECK_TYPE(properties, XR_TYPE_INSTANCE_PROPERTIES);
  snprintf(properties->runtimeName, sizeof properties->runtimeName, "vrgen stand-in");
  properties->runtimeVersion = XR_MAKE_VERSION(1, 0, 0);
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrResultToString(XrInstance instance, XrResult value,
                                     char buffer[XR_MAX_RESULT_STRING_SIZE]) {
  ENTER(INSTANCE, instance);
  snprintf(buffer, XR_MAX_RESULT_STRING_SIZE, "%s", result_name(value));
  DONE(XR_SUCCESS);
}

static const char *type_name(XrStructureType type) {
  switch (type) {
#define NAME(name, value) \
  case name:              \
    return #name;
    XR_LIST_ENUM_XrStructureType(NAME)
#undef NAME
        default : return "XR_UNKNOWN_STRUCTURE_TYPE";
  }
}

XrResult XRAPI_CALL xrStructureTypeToString(XrInstance instance, XrStructureType value,
                                            char buffer[XR_MAX_STRUCTURE_NAME_SIZE]) {
  ENTER(INSTANCE, instance);
  snprintf(buffer, XR_MAX_STRUCTURE_NAME_SIZE, "%s", type_name(value));
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrGetSystem(XrInstance instance, const XrSystemGetInfo *info, XrSystemId *id) {
  ENTER(INSTANCE, instance);
  CHECK_TYPE(info, XR_TYPE_SYSTEM_GET_INFO);
  CHECK(info->formFactor == XR_FORM_FACTOR_HEAD_MOUNTED_DISPLAY, XR_ERROR_FORM_FACTOR_UNSUPPORTED,
        "only a headset");
  CHECK(script.headset, XR_ERROR_FORM_FACTOR_UNAVAILABLE, "the headset is not plugged in");
  *id = SYSTEM;
  DONE(XR_SUCCESS);
}

#define CHECK_SYSTEM(id) \
  CHECK((id) == SYSTEM && script.headset, XR_ERROR_SYSTEM_INVALID, "system %llu", (unsigned long long)(id))

XrResult XRAPI_CALL xrGetSystemProperties(XrInstance instance, XrSystemId id,
                                          XrSystemProperties *properties) {
  ENTER(INSTANCE, instance);
  CHECK_SYSTEM(id);
  CHECK_TYPE(properties, XR_TYPE_SYSTEM_PROPERTIES);
  properties->systemId = id;
  properties->vendorId = 0x7667;
  snprintf(properties->systemName, sizeof properties->systemName, "%.200s", script.system);
  properties->graphicsProperties =
      (XrSystemGraphicsProperties){script.image_height, script.image_width, script.layers};
  properties->trackingProperties = (XrSystemTrackingProperties){XR_TRUE, XR_TRUE};
  for (XrBaseOutStructure *next = properties->next; next; next = next->next)
    if (next->type == XR_TYPE_SYSTEM_HAND_TRACKING_PROPERTIES_EXT)
      ((XrSystemHandTrackingPropertiesEXT *)next)->supportsHandTracking =
          script.hands && has_extension(XR_EXT_HAND_TRACKING_EXTENSION_NAME);
  DONE(XR_SUCCESS);
}

#define CHECK_VIEWS(type)                                                                                  \
  CHECK((type) == XR_VIEW_CONFIGURATION_TYPE_PRIMARY_STEREO, XR_ERROR_VIEW_CONFIGURATION_TYPE_UNSUPPORTED, \
        "view configuration %d; only two eyes", (int)(type))

XrResult XRAPI_CALL xrEnumerateEnvironmentBlendModes(XrInstance instance, XrSystemId id,
                                                     XrViewConfigurationType type, uint32_t capacity,
                                                     uint32_t *count, XrEnvironmentBlendMode *modes) {
  ENTER(INSTANCE, instance);
  CHECK_SYSTEM(id);
  CHECK_VIEWS(type);
  DONE(list_out(capacity, count, script.blend_count, script.blends, sizeof *modes, modes));
}

XrResult XRAPI_CALL xrEnumerateViewConfigurations(XrInstance instance, XrSystemId id, uint32_t capacity,
                                                  uint32_t *count, XrViewConfigurationType *types) {
  const XrViewConfigurationType have = XR_VIEW_CONFIGURATION_TYPE_PRIMARY_STEREO;
  ENTER(INSTANCE, instance);
  CHECK_SYSTEM(id);
  DONE(list_out(capacity, count, 1, &have, sizeof have, types));
}

XrResult XRAPI_CALL xrGetViewConfigurationProperties(XrInstance instance, XrSystemId id,
                                                     XrViewConfigurationType type,
                                                     XrViewConfigurationProperties *properties) {
  ENTER(INSTANCE, instance);
  CHECK_SYSTEM(id);
  CHECK_VIEWS(type);
  CHECK_TYPE(properties, XR_TYPE_VIEW_CONFIGURATION_PROPERTIES);
  properties->viewConfigurationType = type;
  properties->fovMutable = XR_TRUE;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrEnumerateViewConfigurationViews(XrInstance instance, XrSystemId id,
                                                      XrViewConfigurationType type, uint32_t capacity,
                                                      uint32_t *count, XrViewConfigurationView *views) {
  ENTER(INSTANCE, instance);
  CHECK_SYSTEM(id);
  CHECK_VIEWS(type);
  *count = 2;
  if (capacity == 0) DONE(XR_SUCCESS);
  if (capacity < 2) DONE(XR_ERROR_SIZE_INSUFFICIENT);
  for (int i = 0; i < 2; i++) {
    CHECK_TYPE(views + i, XR_TYPE_VIEW_CONFIGURATION_VIEW);
    views[i].recommendedImageRectWidth = script.width;
    views[i].recommendedImageRectHeight = script.height;
    views[i].maxImageRectWidth = script.max_width > script.width ? script.max_width : script.width;
    views[i].maxImageRectHeight = script.max_height > script.height ? script.max_height : script.height;
    views[i].recommendedSwapchainSampleCount = views[i].maxSwapchainSampleCount = 1;
  }
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrGetOpenGLGraphicsRequirementsKHR(XrInstance instance, XrSystemId id,
                                                       XrGraphicsRequirementsOpenGLKHR *needs) {
  ENTER(INSTANCE, instance);
  CHECK_SYSTEM(id);
  CHECK_TYPE(needs, XR_TYPE_GRAPHICS_REQUIREMENTS_OPENGL_KHR);
  needs->minApiVersionSupported = XR_MAKE_VERSION(script.gl_low[0], script.gl_low[1], 0);
  needs->maxApiVersionSupported = XR_MAKE_VERSION(script.gl_high[0], script.gl_high[1], 0);
  ((Instance *)instance)->asked_gl = true;
  DONE(XR_SUCCESS);
}
