/* Poses: turn, then move. */
#include "standin.h"

#include <math.h>
#include <string.h>

const Pose POSE_NONE = {{0, 0, 0}, {0, 0, 0, 1}};

Pose pose_from(XrPosef pose) {
  return (Pose){{pose.position.x, pose.position.y, pose.position.z},
                {pose.orientation.x, pose.orientation.y, pose.orientation.z, pose.orientation.w}};
}

XrPosef pose_to(Pose a) {
  XrPosef pose;
  pose.orientation = (XrQuaternionf){(float)a.q[0], (float)a.q[1], (float)a.q[2], (float)a.q[3]};
  pose.position = (XrVector3f){(float)a.p[0], (float)a.p[1], (float)a.p[2]};
  return pose;
}

static void cross(const double *a, const double *b, double *out) {
  out[0] = a[1] * b[2] - a[2] * b[1];
  out[1] = a[2] * b[0] - a[0] * b[2];
  out[2] = a[0] * b[1] - a[1] * b[0];
}

static void turn(const double *q, const double *v, double *out) {
  double once[3], twice[3];
  cross(q, v, once);
  for (int i = 0; i < 3; i++) once[i] += q[3] * v[i];
  cross(q, once, twice);
  for (int i = 0; i < 3; i++) out[i] = v[i] + 2 * twice[i];
}

Pose pose_times(Pose a, Pose b) {
  Pose c;
  double moved[3], vector[3];
  turn(a.q, b.p, moved);
  cross(a.q, b.q, vector);
  for (int i = 0; i < 3; i++) {
    c.p[i] = a.p[i] + moved[i];
    c.q[i] = a.q[3] * b.q[i] + b.q[3] * a.q[i] + vector[i];
  }
  c.q[3] = a.q[3] * b.q[3] - a.q[0] * b.q[0] - a.q[1] * b.q[1] - a.q[2] * b.q[2];
  return c;
}

Pose pose_inverse(Pose a) {
  Pose b = {{0, 0, 0}, {-a.q[0], -a.q[1], -a.q[2], a.q[3]}};
  double back[3];
  turn(b.q, a.p, back);
  for (int i = 0; i < 3; i++) b.p[i] = -back[i];
  return b;
}

static void normalise(double *q) {
  double length = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  for (int i = 0; i < 4; i++) q[i] = length > 0 ? q[i] / length : (i == 3);
}

Pose pose_between(Pose a, Pose b, double share) {
  Pose c;
  double cosine = 0;
  for (int i = 0; i < 4; i++) cosine += a.q[i] * b.q[i];
  double sign = cosine < 0 ? -1 : 1, angle = acos(fmin(fabs(cosine), 1));
  double first = 1 - share, second = share;
  if (angle > 1e-6) {
    first = sin((1 - share) * angle) / sin(angle);
    second = sin(share * angle) / sin(angle);
  }
  for (int i = 0; i < 3; i++) c.p[i] = (1 - share) * a.p[i] + share * b.p[i];
  for (int i = 0; i < 4; i++) c.q[i] = first * a.q[i] + second * sign * b.q[i];
  normalise(c.q);
  return c;
}

Pose pose_upright(Pose a) {
  double ahead[3], forward[3] = {0, 0, -1};
  turn(a.q, forward, ahead);
  double yaw = atan2(-ahead[0], -ahead[2]);
  return (Pose){{a.p[0], a.p[1], a.p[2]}, {0, sin(yaw / 2), 0, cos(yaw / 2)}};
}

Pose pose_turned(double x, double y, double z, double degrees) {
  double half = degrees * M_PI / 360;
  return (Pose){{x, y, z}, {0, sin(half), 0, cos(half)}};
}

bool pose_is_sane(XrPosef pose) {
  Pose a = pose_from(pose);
  double length = sqrt(a.q[0] * a.q[0] + a.q[1] * a.q[1] + a.q[2] * a.q[2] + a.q[3] * a.q[3]);
  return isfinite(a.p[0] + a.p[1] + a.p[2]) && isfinite(length) && fabs(length - 1) < 0.01;
}
