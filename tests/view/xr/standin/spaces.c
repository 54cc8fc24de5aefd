/* Spaces: VIEW, LOCAL, LOCAL_FLOOR and STAGE, each with an offset of its own; and those of actions. */
#include "standin.h"

#include <string.h>

static const XrReferenceSpaceType TYPES[] = {XR_REFERENCE_SPACE_TYPE_VIEW, XR_REFERENCE_SPACE_TYPE_LOCAL,
                                             XR_REFERENCE_SPACE_TYPE_STAGE, LOCAL_FLOOR};

static bool offers(XrReferenceSpaceType type) {
  if (type == LOCAL_FLOOR) return has_extension(LOCAL_FLOOR_EXTENSION);
  if (type == XR_REFERENCE_SPACE_TYPE_STAGE) return script.stage;
  return type == XR_REFERENCE_SPACE_TYPE_VIEW || type == XR_REFERENCE_SPACE_TYPE_LOCAL;
}

XrResult XRAPI_CALL xrEnumerateReferenceSpaces(XrSession session, uint32_t capacity, uint32_t *count,
                                               XrReferenceSpaceType *out) {
  XrReferenceSpaceType have[4];
  uint32_t number = 0;
  ENTER(SESSION, session);
  for (int i = 0; i < 4; i++)
    if (offers(TYPES[i])) have[number++] = TYPES[i];
  DONE(list_out(capacity, count, number, have, sizeof *have, out));
}

XrResult XRAPI_CALL xrGetReferenceSpaceBoundsRect(XrSession session, XrReferenceSpaceType type,
                                                  XrExtent2Df *bounds) {
  ENTER(SESSION, session);
  CHECK(offers(type), XR_ERROR_REFERENCE_SPACE_UNSUPPORTED, "reference space %d", (int)type);
  bool known = type == XR_REFERENCE_SPACE_TYPE_STAGE && script.bounds[0] > 0;
  *bounds = (XrExtent2Df){known ? (float)script.bounds[0] : 0, known ? (float)script.bounds[1] : 0};
  DONE(known ? XR_SUCCESS : XR_SPACE_BOUNDS_UNAVAILABLE);
}

XrResult XRAPI_CALL xrCreateReferenceSpace(XrSession session, const XrReferenceSpaceCreateInfo *info,
                                           XrSpace *out) {
  ENTER(SESSION, session);
  CHECK_TYPE(info, XR_TYPE_REFERENCE_SPACE_CREATE_INFO);
  CHECK(offers(info->referenceSpaceType), XR_ERROR_REFERENCE_SPACE_UNSUPPORTED, "reference space %d",
        (int)info->referenceSpaceType);
  CHECK(pose_is_sane(info->poseInReferenceSpace), XR_ERROR_POSE_INVALID, "poseInReferenceSpace");
  Space *space = object_new(SPACE, sizeof *space, (void *)session);
  space->type = info->referenceSpaceType;
  space->offset = pose_from(info->poseInReferenceSpace);
  say_text("space", space_name(space));
  say_pose("offset", space->offset);
  *out = (XrSpace)space;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrCreateActionSpace(XrSession session, const XrActionSpaceCreateInfo *info,
                                        XrSpace *out) {
  ENTER(SESSION, session);
  CHECK_TYPE(info, XR_TYPE_ACTION_SPACE_CREATE_INFO);
  CHECK(object_is(ACTION, (void *)info->action), XR_ERROR_HANDLE_INVALID, "the action is none");
  Action *action = (Action *)info->action;
  CHECK(action->type == XR_ACTION_TYPE_POSE_INPUT, XR_ERROR_ACTION_TYPE_MISMATCH, "%s is no pose",
        action->name);
  CHECK(pose_is_sane(info->poseInActionSpace), XR_ERROR_POSE_INVALID, "poseInActionSpace");
  bool declared = info->subactionPath == XR_NULL_PATH;
  for (uint32_t i = 0; i < action->subaction_count; i++)
    declared = declared || action->subactions[i] == info->subactionPath;
  CHECK(declared, XR_ERROR_PATH_UNSUPPORTED, "%s was made without this subaction path", action->name);
  Space *space = object_new(SPACE, sizeof *space, (void *)session);
  space->action = action;
  space->subaction = info->subactionPath;
  space->offset = pose_from(info->poseInActionSpace);
  *out = (XrSpace)space;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrDestroySpace(XrSpace space) {
  ENTER(SPACE, space);
  object_destroy((void *)space);
  DONE(XR_SUCCESS);
}

const char *space_name(const Space *space) {
  if (space->action) return "action";
  switch ((int)space->type) {
    case XR_REFERENCE_SPACE_TYPE_VIEW:
      return "view";
    case XR_REFERENCE_SPACE_TYPE_LOCAL:
      return "local";
    case XR_REFERENCE_SPACE_TYPE_STAGE:
      return "stage";
    default:
      return "local_floor";
  }
}

XrSpaceLocationFlags all_flags(bool tracked) {
  if (!tracked) return 0;
  return XR_SPACE_LOCATION_ORIENTATION_VALID_BIT | XR_SPACE_LOCATION_POSITION_VALID_BIT |
         XR_SPACE_LOCATION_ORIENTATION_TRACKED_BIT | XR_SPACE_LOCATION_POSITION_TRACKED_BIT;
}

static bool action_in_world(const Space *space, double frame, Pose *pose) {
  if (!object_is(ACTION, space->action)) return false;
  for (int side = LEFT; side <= RIGHT; side++) {
    if (space->subaction != XR_NULL_PATH && path_side(space->subaction) != side) continue;
    char profile[TEXT];
    profile_now(side, profile);
    const Suggestion *bound = suggestion_for(space->action, side, profile, NULL);
    if (!bound || !space->action->latch[side].active || !now.tracked[side]) continue;
    *pose = strcmp(bound->identifier, "grip") == 0 ? timeline_grip(side, frame) : timeline_aim(side, frame);
    return true;
  }
  return false;
}

bool space_in_world(const Space *space, double frame, Pose *pose) {
  Pose origin = POSE_NONE;
  bool known = true;
  if (space->action) known = action_in_world(space, frame, &origin);
  else if (space->type == XR_REFERENCE_SPACE_TYPE_VIEW) {
    origin = timeline_head(frame);
    known = now.tracked[HEAD];
  } else if (space->type != XR_REFERENCE_SPACE_TYPE_STAGE) origin = now.local;
  if (!space->action && space->type == LOCAL_FLOOR) origin.p[1] = 0;
  *pose = pose_times(origin, space->offset);
  return known;
}

XrResult XRAPI_CALL xrLocateSpace(XrSpace space, XrSpace base, XrTime time, XrSpaceLocation *location) {
  ENTER(SPACE, space);
  CHECK(object_is(SPACE, (void *)base), XR_ERROR_HANDLE_INVALID, "the base is no space");
  CHECK_TYPE(location, XR_TYPE_SPACE_LOCATION);
  CHECK(time > 0, XR_ERROR_TIME_INVALID, "time %lld", (long long)time);
  Pose a, b;
  double frame = frame_of(time);
  bool known = space_in_world((Space *)space, frame, &a),
       base_known = space_in_world((Space *)base, frame, &b);
  location->locationFlags = all_flags(known && base_known);
  location->pose = pose_to(known && base_known ? pose_times(pose_inverse(b), a) : POSE_NONE);
  for (XrBaseOutStructure *next = location->next; next; next = next->next)
    if (next->type == XR_TYPE_SPACE_VELOCITY) ((XrSpaceVelocity *)next)->velocityFlags = 0;
  DONE(XR_SUCCESS);
}
