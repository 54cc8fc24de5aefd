/* The session: made with a graphics binding, driven through its states, told of by events. */
#include "standin.h"

#include <stdio.h>
#include <string.h>

enum { MOST_EVENTS = 64 };
Session *the_session;
static XrEventDataBuffer events[MOST_EVENTS];
static size_t first, waiting;

void event_push(const void *event, size_t size) {
  if (waiting == MOST_EVENTS) return;
  memcpy(&events[(first + waiting++) % MOST_EVENTS], event, size);
}

XrResult XRAPI_CALL xrPollEvent(XrInstance instance, XrEventDataBuffer *out) {
  XrResult entered = enter(__func__, INSTANCE, instance);
  if (XR_FAILED(entered)) return done(__func__, entered);
  CHECK_TYPE(out, XR_TYPE_EVENT_DATA_BUFFER);
  if (!waiting) return XR_EVENT_UNAVAILABLE; /* not written down: it would be half of the log */
  *out = events[first];
  first = (first + 1) % MOST_EVENTS;
  waiting--;
  say("\"event\": %d", (int)out->type);
  if (out->type == XR_TYPE_EVENT_DATA_SESSION_STATE_CHANGED)
    say("\"state\": %d", (int)((XrEventDataSessionStateChanged *)out)->state);
  DONE(XR_SUCCESS);
}

void session_change(Session *session, XrSessionState state) {
  session->state = state;
  XrEventDataSessionStateChanged event = {.type = XR_TYPE_EVENT_DATA_SESSION_STATE_CHANGED,
                                          .session = (XrSession)session,
                                          .state = state,
                                          .time = time_of(now.frame < 0 ? 0 : now.frame)};
  event_push(&event, sizeof event);
}

static bool step_down(Session *session) {
  XrSessionState state = session->state, target = session->target;
  bool lower = target == XR_SESSION_STATE_STOPPING || (state > target && state <= XR_SESSION_STATE_FOCUSED);
  if (!session->running || !lower || state == XR_SESSION_STATE_STOPPING) return false;
  bool lowest = state <= XR_SESSION_STATE_SYNCHRONIZED;
  session_change(session, lowest ? XR_SESSION_STATE_STOPPING : (XrSessionState)(state - 1));
  return true;
}

void session_states(Session *session) {
  while (step_down(session)) continue;
}

void session_recentred(Session *session, Pose before) {
  for (int i = 0; i < 2; i++) {
    if (i == 1 && !has_extension(LOCAL_FLOOR_EXTENSION)) continue;
    Pose old = before, new = now.local;
    if (i == 1) old.p[1] = new.p[1] = 0;
    XrEventDataReferenceSpaceChangePending event = {
        .type = XR_TYPE_EVENT_DATA_REFERENCE_SPACE_CHANGE_PENDING,
        .session = (XrSession)session,
        .referenceSpaceType = i == 0 ? XR_REFERENCE_SPACE_TYPE_LOCAL : LOCAL_FLOOR,
        .changeTime = time_of(now.frame),
        .poseValid = XR_TRUE,
        .poseInPreviousSpace = pose_to(pose_times(pose_inverse(old), new))};
    event_push(&event, sizeof event);
  }
}

static bool binding_from(const void *next, Binding *binding, char *why, size_t size) {
  for (const XrBaseInStructure *in = next; in; in = in->next) {
    if (in->type == XR_TYPE_GRAPHICS_BINDING_EGL_MNDX && has_extension(XR_MNDX_EGL_ENABLE_EXTENSION_NAME)) {
      const XrGraphicsBindingEGLMNDX *egl = (const void *)in;
      *binding = (Binding){.egl = true, .egl_display = egl->display, .egl_context = egl->context};
      memcpy(&binding->address, &egl->getProcAddress, sizeof binding->address);
      bool whole = egl->getProcAddress && egl->display && egl->config && egl->context;
      if (!whole) snprintf(why, size, "the EGL binding needs getProcAddress, display, config and context");
      return whole;
    }
    if (in->type == XR_TYPE_GRAPHICS_BINDING_OPENGL_XLIB_KHR) {
      const XrGraphicsBindingOpenGLXlibKHR *x = (const void *)in;
      *binding = (Binding){.display = x->xDisplay, .drawable = x->glxDrawable, .glx_context = x->glxContext};
      bool whole = x->xDisplay && x->visualid && x->glxFBConfig && x->glxDrawable && x->glxContext;
      if (!whole)
        snprintf(why, size, "the GLX binding needs display, visualid, FBConfig, drawable and context");
      return whole;
    }
  }
  snprintf(why, size, "no graphics binding whose extension is enabled");
  return false;
}

XrResult XRAPI_CALL xrCreateSession(XrInstance instance, const XrSessionCreateInfo *info, XrSession *out) {
  ENTER(INSTANCE, instance);
  CHECK_TYPE(info, XR_TYPE_SESSION_CREATE_INFO);
  CHECK(info->systemId == 1 && script.headset, XR_ERROR_SYSTEM_INVALID, "system %llu",
        (unsigned long long)info->systemId);
  CHECK(!the_session, XR_ERROR_LIMIT_REACHED, "there is a session already");
  char why[TEXT] = "";
  Binding binding;
  CHECK(has_extension(XR_KHR_OPENGL_ENABLE_EXTENSION_NAME) &&
            binding_from(info->next, &binding, why, sizeof why),
        XR_ERROR_GRAPHICS_DEVICE_INVALID, "%s", why[0] ? why : "XR_KHR_opengl_enable is not enabled");
  CHECK(((Instance *)instance)->asked_gl, XR_ERROR_GRAPHICS_REQUIREMENTS_CALL_MISSING,
        "xrGetOpenGLGraphicsRequirementsKHR was not called");
  CHECK(picture_bind(&binding, why, sizeof why), XR_ERROR_GRAPHICS_DEVICE_INVALID, "%s", why);
  Session *session = object_new(SESSION, sizeof *session, (void *)instance);
  the_session = session;
  now.session_lost = now.session_pending = false;
  session->target = XR_SESSION_STATE_FOCUSED;
  say_text("binding", binding.egl ? "egl" : "glx");
  session_change(session, XR_SESSION_STATE_IDLE);
  session_change(session, XR_SESSION_STATE_READY);
  *out = (XrSession)session;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrDestroySession(XrSession session) {
  ENTER(SESSION, session);
  object_destroy((void *)session);
  waiting = 0;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrBeginSession(XrSession handle, const XrSessionBeginInfo *info) {
  ENTER(SESSION, handle);
  Session *session = (Session *)handle;
  CHECK_TYPE(info, XR_TYPE_SESSION_BEGIN_INFO);
  CHECK(info->primaryViewConfigurationType == XR_VIEW_CONFIGURATION_TYPE_PRIMARY_STEREO,
        XR_ERROR_VIEW_CONFIGURATION_TYPE_UNSUPPORTED, "view configuration %d",
        (int)info->primaryViewConfigurationType);
  CHECK(!session->running, XR_ERROR_SESSION_RUNNING, "it runs already");
  CHECK(session->state == XR_SESSION_STATE_READY, XR_ERROR_SESSION_NOT_READY, "its state is %d",
        (int)session->state);
  session->running = true;
  session->waited = session->begun = false;
  session->target = XR_SESSION_STATE_FOCUSED;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrEndSession(XrSession handle) {
  ENTER(SESSION, handle);
  Session *session = (Session *)handle;
  CHECK(session->running, XR_ERROR_SESSION_NOT_RUNNING, "it does not run");
  CHECK(session->state == XR_SESSION_STATE_STOPPING, XR_ERROR_SESSION_NOT_STOPPING, "its state is %d",
        (int)session->state);
  session->running = false;
  session_change(session, XR_SESSION_STATE_IDLE);
  session_change(session, session->exiting ? XR_SESSION_STATE_EXITING : XR_SESSION_STATE_READY);
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrRequestExitSession(XrSession handle) {
  ENTER(SESSION, handle);
  Session *session = (Session *)handle;
  CHECK(session->running, XR_ERROR_SESSION_NOT_RUNNING, "it does not run");
  session->exiting = true;
  session->target = XR_SESSION_STATE_STOPPING;
  session_states(session);
  DONE(XR_SUCCESS);
}
