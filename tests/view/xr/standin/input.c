/* Input: latched by xrSyncActions, read until the next one. And haptics, which are written down. */
#include "standin.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool pointing(const Suggestion *bound, double *x, double *y) {
  int side = bound->side;
  if (strcmp(bound->component, "pose") == 0) return now.tracked[side];
  if (strcmp(bound->component, "xy") == 0) {
    double a = timeline_input(side, bound->identifier, "x"), b = timeline_input(side, bound->identifier, "y");
    if (hypot(a, b) > hypot(*x, *y)) *x = a, *y = b;
    return true;
  }
  double value = timeline_input(side, bound->identifier, bound->component);
  if (fabs(value) > fabs(*x)) *x = value;
  return true;
}

static void latch(Action *action, int side, bool focused) {
  char profile[TEXT];
  profile_now(side, profile);
  bool active = false;
  double x = 0, y = 0;
  for (Suggestion *bound = NULL; (bound = suggestion_for(action, side, profile, bound));)
    active = pointing(bound, &x, &y) || active;
  if (action->type == XR_ACTION_TYPE_BOOLEAN_INPUT) x = x >= 0.5;
  active = active && focused;
  bool changed =
      active && action->latch[side].active && (x != action->latch[side].x || y != action->latch[side].y);
  if (changed) action->latch[side].since = time_of(now.frame < 0 ? 0 : now.frame);
  action->latch[side].changed = changed;
  action->latch[side].active = active;
  action->latch[side].x = active ? x : 0;
  action->latch[side].y = active ? y : 0;
}

XrResult XRAPI_CALL xrSyncActions(XrSession handle, const XrActionsSyncInfo *info) {
  ENTER(SESSION, handle);
  Session *session = (Session *)handle;
  CHECK_TYPE(info, XR_TYPE_ACTIONS_SYNC_INFO);
  for (uint32_t i = 0; i < info->countActiveActionSets; i++) {
    ActionSet *set = (ActionSet *)info->activeActionSets[i].actionSet;
    CHECK(object_is(ACTION_SET, set), XR_ERROR_HANDLE_INVALID, "action set %u is none", i);
    CHECK(set->attached && session->attached, XR_ERROR_ACTIONSET_NOT_ATTACHED, "%s is not attached",
          set->name);
  }
  bool focused = session->state == XR_SESSION_STATE_FOCUSED;
  for (Action *action = NULL; (action = object_next(ACTION, action, NULL));) {
    bool asked = false;
    for (uint32_t i = 0; i < info->countActiveActionSets; i++)
      asked = asked || (void *)info->activeActionSets[i].actionSet == (void *)action->object.parent;
    for (int side = LEFT; side <= RIGHT; side++) latch(action, side, focused && asked);
  }
  profiles_tell(session);
  DONE(focused ? XR_SUCCESS : XR_SESSION_NOT_FOCUSED);
}

typedef struct {
  bool active, changed;
  double x, y;
  XrTime since;
} Reading;

static XrResult read_state(const char *call, XrSession session, const XrActionStateGetInfo *info,
                           XrActionType type, Reading *out) {
  XrResult entered = enter(call, SESSION, (void *)session);
  if (XR_FAILED(entered)) return done(call, entered);
  if (!info || info->type != XR_TYPE_ACTION_STATE_GET_INFO)
    return refuse(call, XR_ERROR_VALIDATION_FAILURE, "the get info");
  if (!object_is(ACTION, (void *)info->action))
    return refuse(call, XR_ERROR_HANDLE_INVALID, "the action is none");
  Action *action = (Action *)info->action;
  say_text("action", action->name);
  if (action->type != type)
    return refuse(call, XR_ERROR_ACTION_TYPE_MISMATCH, "it is of type %d", (int)action->type);
  if (!((ActionSet *)action->object.parent)->attached)
    return refuse(call, XR_ERROR_ACTIONSET_NOT_ATTACHED, "not attached");
  if (info->subactionPath != XR_NULL_PATH && !path_text(info->subactionPath))
    return refuse(call, XR_ERROR_PATH_INVALID, "the subaction path is none");
  bool declared = info->subactionPath == XR_NULL_PATH;
  for (uint32_t i = 0; i < action->subaction_count; i++)
    declared = declared || action->subactions[i] == info->subactionPath;
  if (!declared) return refuse(call, XR_ERROR_PATH_UNSUPPORTED, "it was made without this subaction path");
  for (int side = LEFT; side <= RIGHT; side++) {
    if (info->subactionPath != XR_NULL_PATH && path_side(info->subactionPath) != side) continue;
    if (!action->latch[side].active) continue;
    out->active = true;
    out->changed = out->changed || action->latch[side].changed;
    if (action->latch[side].since > out->since) out->since = action->latch[side].since;
    if (hypot(action->latch[side].x, action->latch[side].y) <= hypot(out->x, out->y)) continue;
    out->x = action->latch[side].x;
    out->y = action->latch[side].y;
  }
  return XR_SUCCESS;
}

#define STATE(kind, constant, value)                                                                    \
  XrResult XRAPI_CALL xrGetActionState##kind(XrSession session, const XrActionStateGetInfo *info,       \
                                             XrActionState##kind *state) {                              \
    Reading reading = {0};                                                                              \
    XrResult result = read_state(__func__, session, info, XR_ACTION_TYPE_##constant##_INPUT, &reading); \
    if (result != XR_SUCCESS) return result;                                                            \
    CHECK_TYPE(state, XR_TYPE_ACTION_STATE_##constant);                                                 \
    state->isActive = reading.active;                                                                   \
    state->changedSinceLastSync = reading.changed;                                                      \
    state->lastChangeTime = reading.since;                                                              \
    value;                                                                                              \
    DONE(XR_SUCCESS);                                                                                   \
  }
STATE(Boolean, BOOLEAN, state->currentState = reading.x != 0)
STATE(Float, FLOAT, state->currentState = (float)reading.x)
STATE(Vector2f, VECTOR2F, (state->currentState = (XrVector2f){(float)reading.x, (float)reading.y}))

XrResult XRAPI_CALL xrGetActionStatePose(XrSession session, const XrActionStateGetInfo *info,
                                         XrActionStatePose *state) {
  Reading reading = {0};
  XrResult result = read_state(__func__, session, info, XR_ACTION_TYPE_POSE_INPUT, &reading);
  if (result != XR_SUCCESS) return result;
  CHECK_TYPE(state, XR_TYPE_ACTION_STATE_POSE);
  state->isActive = reading.active;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrEnumerateBoundSourcesForAction(XrSession session,
                                                     const XrBoundSourcesForActionEnumerateInfo *info,
                                                     uint32_t capacity, uint32_t *count, XrPath *sources) {
  ENTER(SESSION, session);
  CHECK_TYPE(info, XR_TYPE_BOUND_SOURCES_FOR_ACTION_ENUMERATE_INFO);
  CHECK(object_is(ACTION, (void *)info->action), XR_ERROR_HANDLE_INVALID, "the action is none");
  CHECK(((Session *)session)->attached, XR_ERROR_ACTIONSET_NOT_ATTACHED, "no action sets are attached");
  XrPath found[16];
  uint32_t have = 0;
  for (int side = LEFT; side <= RIGHT; side++) {
    char profile[TEXT];
    profile_now(side, profile);
    for (Suggestion *bound = NULL;
         have < 16 && (bound = suggestion_for((Action *)info->action, side, profile, bound));)
      found[have++] = bound->path;
  }
  DONE(list_out(capacity, count, have, found, sizeof *found, sources));
}

XrResult XRAPI_CALL xrGetInputSourceLocalizedName(XrSession session,
                                                  const XrInputSourceLocalizedNameGetInfo *info,
                                                  uint32_t capacity, uint32_t *count, char *name) {
  ENTER(SESSION, session);
  CHECK_TYPE(info, XR_TYPE_INPUT_SOURCE_LOCALIZED_NAME_GET_INFO);
  const char *text = path_text(info->sourcePath);
  CHECK(text, XR_ERROR_PATH_INVALID, "the source is no path");
  DONE(list_out(capacity, count, (uint32_t)strlen(text) + 1, text, 1, name));
}

static XrResult check_haptic(const char *call, XrSession session, const XrHapticActionInfo *info) {
  XrResult entered = enter(call, SESSION, (void *)session);
  if (XR_FAILED(entered)) return done(call, entered);
  if (!info || info->type != XR_TYPE_HAPTIC_ACTION_INFO)
    return refuse(call, XR_ERROR_VALIDATION_FAILURE, "the action info");
  if (!object_is(ACTION, (void *)info->action))
    return refuse(call, XR_ERROR_HANDLE_INVALID, "the action is none");
  Action *action = (Action *)info->action;
  if (action->type != XR_ACTION_TYPE_VIBRATION_OUTPUT)
    return refuse(call, XR_ERROR_ACTION_TYPE_MISMATCH, "%s", action->name);
  if (!((ActionSet *)action->object.parent)->attached)
    return refuse(call, XR_ERROR_ACTIONSET_NOT_ATTACHED, "%s", action->name);
  const char *hand = info->subactionPath == XR_NULL_PATH ? "" : path_text(info->subactionPath);
  if (!hand) return refuse(call, XR_ERROR_PATH_INVALID, "the subaction path is none");
  say_text("action", action->name);
  say_text("hand", hand);
  return XR_SUCCESS;
}

static bool focused(XrSession session) { return ((Session *)session)->state == XR_SESSION_STATE_FOCUSED; }

XrResult XRAPI_CALL xrApplyHapticFeedback(XrSession session, const XrHapticActionInfo *info,
                                          const XrHapticBaseHeader *haptic) {
  XrResult result = check_haptic(__func__, session, info);
  if (result != XR_SUCCESS) return result;
  const XrHapticVibration *buzz = (const XrHapticVibration *)haptic;
  CHECK_TYPE(buzz, XR_TYPE_HAPTIC_VIBRATION);
  CHECK(buzz->amplitude >= 0 && buzz->amplitude <= 1, XR_ERROR_VALIDATION_FAILURE, "amplitude %g",
        buzz->amplitude);
  CHECK(buzz->duration > 0 || buzz->duration == XR_MIN_HAPTIC_DURATION, XR_ERROR_VALIDATION_FAILURE,
        "duration %lld", (long long)buzz->duration);
  say("\"duration\": %lld", (long long)buzz->duration);
  say_numbers("vibration", 2, (double[]){buzz->amplitude, buzz->frequency});
  DONE(focused(session) ? XR_SUCCESS : XR_SESSION_NOT_FOCUSED);
}

XrResult XRAPI_CALL xrStopHapticFeedback(XrSession session, const XrHapticActionInfo *info) {
  XrResult result = check_haptic(__func__, session, info);
  if (result != XR_SUCCESS) return result;
  DONE(focused(session) ? XR_SUCCESS : XR_SESSION_NOT_FOCUSED);
}
