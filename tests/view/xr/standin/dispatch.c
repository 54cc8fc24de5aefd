/* Negotiation with the loader, and the table of all calls. */
#include "standin.h"

#include <string.h>

/* The loader's side of the handshake, declared from the loader specification (interface version 1). */
typedef struct {
  int type;
  uint32_t version;
  size_t size;
  uint32_t low_interface, high_interface;
  XrVersion low_api, high_api;
} NegotiateLoader;
typedef struct {
  int type;
  uint32_t version;
  size_t size;
  uint32_t interface;
  XrVersion api;
  PFN_xrGetInstanceProcAddr proc;
} NegotiateRuntime;

#define CORE(_)                                                                                              \
  _(xrGetInstanceProcAddr)                                                                                   \
  _(xrEnumerateInstanceExtensionProperties)                                                                  \
  _(xrCreateInstance) _(xrDestroyInstance) _(xrGetInstanceProperties) _(xrPollEvent) _(xrResultToString)     \
      _(xrStructureTypeToString) _(xrGetSystem) _(xrGetSystemProperties) _(xrEnumerateEnvironmentBlendModes) \
          _(xrCreateSession) _(xrDestroySession) _(xrEnumerateReferenceSpaces) _(xrCreateReferenceSpace)     \
              _(xrGetReferenceSpaceBoundsRect) _(xrCreateActionSpace) _(xrLocateSpace) _(xrDestroySpace)     \
                  _(xrEnumerateViewConfigurations) _(xrGetViewConfigurationProperties) _(                    \
                      xrEnumerateViewConfigurationViews) _(xrEnumerateSwapchainFormats) _(xrCreateSwapchain) \
                      _(xrDestroySwapchain) _(xrEnumerateSwapchainImages) _(xrAcquireSwapchainImage)         \
                          _(xrWaitSwapchainImage) _(xrReleaseSwapchainImage) _(xrBeginSession)               \
                              _(xrEndSession) _(xrRequestExitSession) _(xrWaitFrame) _(xrBeginFrame)         \
                                  _(xrEndFrame) _(xrLocateViews) _(xrStringToPath) _(xrPathToString)         \
                                      _(xrCreateActionSet) _(xrDestroyActionSet) _(xrCreateAction)           \
                                          _(xrDestroyAction) _(xrSuggestInteractionProfileBindings)          \
                                              _(xrAttachSessionActionSets) _(xrGetCurrentInteractionProfile) \
                                                  _(xrGetActionStateBoolean) _(xrGetActionStateFloat)        \
                                                      _(xrGetActionStateVector2f) _(xrGetActionStatePose)    \
                                                          _(xrSyncActions)                                   \
                                                              _(xrEnumerateBoundSourcesForAction)            \
                                                                  _(xrGetInputSourceLocalizedName)           \
                                                                      _(xrApplyHapticFeedback)               \
                                                                          _(xrStopHapticFeedback)
#define HANDS(_) _(xrCreateHandTrackerEXT) _(xrDestroyHandTrackerEXT) _(xrLocateHandJointsEXT)

/* Every call has the type that the header gives it. */
#define DECLARE(name) extern __typeof__(*(PFN_##name)0) name;
CORE(DECLARE)
HANDS(DECLARE)
DECLARE(xrGetOpenGLGraphicsRequirementsKHR)

PFN_xrVoidFunction proc_of(const char *name) {
#define ENTRY(call) \
  if (strcmp(name, #call) == 0) return (PFN_xrVoidFunction)call;
  CORE(ENTRY)
  if (has_extension(XR_EXT_HAND_TRACKING_EXTENSION_NAME)) {
    HANDS(ENTRY)
  }
  if (has_extension(XR_KHR_OPENGL_ENABLE_EXTENSION_NAME)) {
    ENTRY(xrGetOpenGLGraphicsRequirementsKHR)
  }
  return NULL;
}

XrResult XRAPI_CALL xrGetInstanceProcAddr(XrInstance instance, const char *name,
                                          PFN_xrVoidFunction *function) {
  static const char *BEFORE[] = {"xrGetInstanceProcAddr", "xrEnumerateInstanceExtensionProperties",
                                 "xrCreateInstance"};
  *function = NULL;
  if (instance && !object_is(INSTANCE, instance)) return XR_ERROR_HANDLE_INVALID;
  bool early = false;
  for (int i = 0; i < 3; i++) early = early || strcmp(name, BEFORE[i]) == 0;
  if (!instance && !early) return XR_ERROR_HANDLE_INVALID;
  *function = proc_of(name);
  return *function ? XR_SUCCESS : XR_ERROR_FUNCTION_UNSUPPORTED;
}

__attribute__((visibility("default"))) XrResult XRAPI_CALL
xrNegotiateLoaderRuntimeInterface(const NegotiateLoader *loader, NegotiateRuntime *runtime);

XrResult XRAPI_CALL xrNegotiateLoaderRuntimeInterface(const NegotiateLoader *loader,
                                                      NegotiateRuntime *runtime) {
  if (!loader || !runtime || loader->type != 1 || runtime->type != 3 || loader->low_interface > 1 ||
      loader->high_interface < 1)
    return XR_ERROR_INITIALIZATION_FAILED;
  script_read();
  runtime->interface = 1;
  runtime->api = XR_MAKE_VERSION(1, 0, 65);
  runtime->proc = xrGetInstanceProcAddr;
  return XR_SUCCESS;
}
