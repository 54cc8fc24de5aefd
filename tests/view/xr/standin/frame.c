/* The frame loop: wait, begin, end; and the two eyes. */
#include "standin.h"

#include <math.h>
#include <time.h>

XrTime time_of(int64_t frame) { return FIRST_TIME + (XrTime)llround((double)frame * script.period_ms * 1e6); }

double frame_of(XrTime time) { return (double)(time - FIRST_TIME) / (script.period_ms * 1e6); }

static double clock_seconds(void) {
  struct timespec spec;
  clock_gettime(CLOCK_MONOTONIC, &spec);
  return (double)spec.tv_sec + (double)spec.tv_nsec * 1e-9;
}

/* A late client moves the beat; no frame is ever left out, so that a script means the same everywhere. */
static void pace(Session *session) {
  if (script.rate <= 0) return;
  double here = clock_seconds(), left = session->next_wake - here;
  if (left > 0) {
    struct timespec spec = {(time_t)left, (long)((left - floor(left)) * 1e9)};
    nanosleep(&spec, NULL);
  }
  session->next_wake = (left > 0 ? session->next_wake : here) + 1 / script.rate;
}

XrResult XRAPI_CALL xrWaitFrame(XrSession handle, const XrFrameWaitInfo *info, XrFrameState *state) {
  ENTER(SESSION, handle);
  Session *session = (Session *)handle;
  CHECK(!info || info->type == XR_TYPE_FRAME_WAIT_INFO, XR_ERROR_VALIDATION_FAILURE,
        "XrFrameWaitInfo without its type");
  CHECK_TYPE(state, XR_TYPE_FRAME_STATE);
  CHECK(session->running, XR_ERROR_SESSION_NOT_RUNNING, "the session does not run");
  CHECK(!session->waited, XR_ERROR_CALL_ORDER_INVALID,
        "the frame before was not begun; a runtime would block for ever");
  pace(session);
  now.frame++;
  timeline_advance();
  profiles_tell(session);
  if (now.instance_lost) DONE(XR_ERROR_INSTANCE_LOST);
  if (now.session_lost) DONE(XR_ERROR_SESSION_LOST);
  XrResult fault = timeline_fault(__func__);
  if (XR_FAILED(fault)) DONE(fault);
  session->waited = true;
  state->predictedDisplayTime = time_of(now.frame);
  state->predictedDisplayPeriod = (XrDuration)llround(script.period_ms * 1e6);
  bool seen = session->state == XR_SESSION_STATE_VISIBLE || session->state == XR_SESSION_STATE_FOCUSED;
  state->shouldRender = seen && now.should_render;
  say("\"should_render\": %s", state->shouldRender ? "true" : "false");
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrBeginFrame(XrSession handle, const XrFrameBeginInfo *info) {
  ENTER(SESSION, handle);
  Session *session = (Session *)handle;
  CHECK(!info || info->type == XR_TYPE_FRAME_BEGIN_INFO, XR_ERROR_VALIDATION_FAILURE,
        "XrFrameBeginInfo without its type");
  CHECK(session->running, XR_ERROR_SESSION_NOT_RUNNING, "the session does not run");
  CHECK(session->waited, XR_ERROR_CALL_ORDER_INVALID, "xrBeginFrame without xrWaitFrame");
  session->waited = false;
  bool dropped = session->begun;
  session->begun = true;
  DONE(dropped ? XR_FRAME_DISCARDED : XR_SUCCESS);
}

static void step_up(Session *session) {
  XrSessionState state = session->state;
  if (state == XR_SESSION_STATE_READY) session_change(session, XR_SESSION_STATE_SYNCHRONIZED);
  else if (state >= XR_SESSION_STATE_SYNCHRONIZED && state < session->target &&
           session->target <= XR_SESSION_STATE_FOCUSED)
    session_change(session, (XrSessionState)(state + 1));
}

XrResult XRAPI_CALL xrEndFrame(XrSession handle, const XrFrameEndInfo *info) {
  ENTER(SESSION, handle);
  Session *session = (Session *)handle;
  CHECK_TYPE(info, XR_TYPE_FRAME_END_INFO);
  CHECK(session->running, XR_ERROR_SESSION_NOT_RUNNING, "the session does not run");
  CHECK(session->begun, XR_ERROR_CALL_ORDER_INVALID, "xrEndFrame without xrBeginFrame");
  CHECK(info->displayTime == time_of(now.frame), XR_ERROR_TIME_INVALID,
        "displayTime %lld is not this frame's %lld", (long long)info->displayTime,
        (long long)time_of(now.frame));
  bool known = false;
  for (uint32_t i = 0; i < script.blend_count; i++)
    known = known || script.blends[i] == info->environmentBlendMode;
  CHECK(known, XR_ERROR_ENVIRONMENT_BLEND_MODE_UNSUPPORTED, "blend mode %d", (int)info->environmentBlendMode);
  CHECK(info->layerCount <= script.layers, XR_ERROR_LAYER_LIMIT_EXCEEDED, "%u layers", info->layerCount);
  say("\"blend\": %d", (int)info->environmentBlendMode);
  XrResult layers = layers_check(__func__, info);
  if (layers != XR_SUCCESS) return layers; /* written down already */
  picture_enter();
  int error = picture_error();
  if (error) say("\"gl_error\": %d", error);
  const char *prefix = timeline_dump();
  if (prefix) layers_dump(info, prefix);
  picture_leave();
  session->begun = false;
  step_up(session);
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrLocateViews(XrSession session, const XrViewLocateInfo *info, XrViewState *state,
                                  uint32_t capacity, uint32_t *count, XrView *views) {
  ENTER(SESSION, session);
  CHECK_TYPE(info, XR_TYPE_VIEW_LOCATE_INFO);
  CHECK_TYPE(state, XR_TYPE_VIEW_STATE);
  CHECK(info->viewConfigurationType == XR_VIEW_CONFIGURATION_TYPE_PRIMARY_STEREO,
        XR_ERROR_VIEW_CONFIGURATION_TYPE_UNSUPPORTED, "view configuration %d",
        (int)info->viewConfigurationType);
  CHECK(info->displayTime > 0, XR_ERROR_TIME_INVALID, "displayTime %lld", (long long)info->displayTime);
  CHECK(object_is(SPACE, (void *)info->space), XR_ERROR_HANDLE_INVALID, "the space is none");
  *count = 2;
  if (capacity == 0) DONE(XR_SUCCESS);
  if (capacity < 2) DONE(XR_ERROR_SIZE_INSUFFICIENT);
  double frame = frame_of(info->displayTime);
  Pose base = POSE_NONE;
  bool tracked = space_in_world((Space *)info->space, frame, &base) && now.tracked[HEAD];
  Pose head = pose_times(pose_inverse(base), timeline_head(frame));
  state->viewStateFlags = tracked ? all_flags(true) : 0; /* the bits are those of a space location */
  for (int i = 0; i < 2; i++) {
    CHECK_TYPE(views + i, XR_TYPE_VIEW);
    Pose eye = pose_turned((i ? 0.5 : -0.5) * script.ipd, 0, 0, (i ? -1 : 1) * script.cant * 180 / M_PI);
    views[i].pose = pose_to(pose_times(head, eye));
    const double *fov = script.fov[i];
    views[i].fov = (XrFovf){(float)fov[0], (float)fov[1], (float)fov[2], (float)fov[3]};
  }
  DONE(XR_SUCCESS);
}
