/* Bare hands: 26 joints around the grip; thumb and index finger come together as the script says. */
#include "standin.h"

#include <string.h>

typedef struct {
  Object object;
  int side;
} HandTracker;

XrResult XRAPI_CALL xrCreateHandTrackerEXT(XrSession session, const XrHandTrackerCreateInfoEXT *info,
                                           XrHandTrackerEXT *out) {
  ENTER(SESSION, session);
  CHECK_TYPE(info, XR_TYPE_HAND_TRACKER_CREATE_INFO_EXT);
  CHECK(script.hands, XR_ERROR_FEATURE_UNSUPPORTED, "this headset sees no hands");
  CHECK(info->hand == XR_HAND_LEFT_EXT || info->hand == XR_HAND_RIGHT_EXT, XR_ERROR_VALIDATION_FAILURE,
        "hand %d", (int)info->hand);
  CHECK(info->handJointSet == XR_HAND_JOINT_SET_DEFAULT_EXT, XR_ERROR_VALIDATION_FAILURE, "joint set %d",
        (int)info->handJointSet);
  HandTracker *tracker = object_new(HAND_TRACKER, sizeof *tracker, (void *)session);
  tracker->side = info->hand == XR_HAND_LEFT_EXT ? LEFT : RIGHT;
  *out = (XrHandTrackerEXT)tracker;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrDestroyHandTrackerEXT(XrHandTrackerEXT tracker) {
  ENTER(HAND_TRACKER, tracker);
  object_destroy((void *)tracker);
  DONE(XR_SUCCESS);
}

/* In the frame of the aim pose: ahead is -Z, +Y up; the thumb of the right hand lies on its -X side. */
static Pose joint_in_hand(int joint, int side, double pinch) {
  double thumb = side == LEFT ? 1 : -1;
  const double apart = 0.08 + (0.008 - 0.08) * pinch; /* metres between the two tips */
  if (joint == XR_HAND_JOINT_PALM_EXT) return pose_turned(0, 0, 0.03, 0);
  if (joint == XR_HAND_JOINT_WRIST_EXT) return pose_turned(0, 0, 0.09, 0);
  if (joint <= XR_HAND_JOINT_THUMB_TIP_EXT) {
    double share =
        (joint - XR_HAND_JOINT_THUMB_METACARPAL_EXT) / 3.0; /* from the wrist to below the index tip */
    return pose_turned(thumb * 0.02, -apart * share, 0.06 * (1 - share) - 0.05 * share, 0);
  }
  int finger = (joint - XR_HAND_JOINT_INDEX_METACARPAL_EXT) / 5,
      bone = (joint - XR_HAND_JOINT_INDEX_METACARPAL_EXT) % 5;
  return pose_turned(thumb * (0.02 - 0.02 * finger), 0, 0.07 - 0.03 * bone, 0);
}

XrResult XRAPI_CALL xrLocateHandJointsEXT(XrHandTrackerEXT handle, const XrHandJointsLocateInfoEXT *info,
                                          XrHandJointLocationsEXT *locations) {
  ENTER(HAND_TRACKER, handle);
  int side = ((HandTracker *)handle)->side;
  CHECK_TYPE(info, XR_TYPE_HAND_JOINTS_LOCATE_INFO_EXT);
  CHECK_TYPE(locations, XR_TYPE_HAND_JOINT_LOCATIONS_EXT);
  CHECK(object_is(SPACE, (void *)info->baseSpace), XR_ERROR_HANDLE_INVALID, "the base is no space");
  CHECK(info->time > 0, XR_ERROR_TIME_INVALID, "time %lld", (long long)info->time);
  CHECK(locations->jointCount == XR_HAND_JOINT_COUNT_EXT, XR_ERROR_VALIDATION_FAILURE,
        "%u joints, expected 26", locations->jointCount);
  double frame = frame_of(info->time);
  Pose base;
  bool known = space_in_world((Space *)info->baseSpace, frame, &base);
  locations->isActive = now.bare[side] && now.tracked[side];
  for (int joint = 0; joint < XR_HAND_JOINT_COUNT_EXT; joint++) {
    XrHandJointLocationEXT *out = &locations->jointLocations[joint];
    Pose world = pose_times(timeline_aim(side, frame), joint_in_hand(joint, side, now.pinch[side]));
    bool seen = known && locations->isActive;
    out->locationFlags = all_flags(seen);
    out->pose = pose_to(seen ? pose_times(pose_inverse(base), world) : POSE_NONE);
    out->radius = seen ? 0.008f : 0;
  }
  DONE(XR_SUCCESS);
}
