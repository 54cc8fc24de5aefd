/* Paths, and the interaction profiles of the specification: which inputs each controller has. */
#include "standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char **texts;
static size_t count;

const char *path_text(XrPath path) { return path >= 1 && path <= count ? texts[path - 1] : NULL; }

XrPath path_number(const char *text) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(texts[i], text) == 0) return i + 1;
  texts = realloc(texts, (count + 1) * sizeof *texts);
  texts[count] = malloc(strlen(text) + 1);
  strcpy(texts[count], text);
  return ++count;
}

static bool well_formed(const char *text) {
  size_t length = strlen(text);
  if (length < 2 || length >= XR_MAX_PATH_LENGTH || text[0] != '/' || text[length - 1] == '/' ||
      strstr(text, "//"))
    return false;
  return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_./") == length;
}

XrResult XRAPI_CALL xrStringToPath(XrInstance instance, const char *text, XrPath *path) {
  ENTER(INSTANCE, instance);
  CHECK(text && well_formed(text), XR_ERROR_PATH_FORMAT_INVALID, "`%.200s`", text ? text : "NULL");
  say_text("path", text);
  *path = path_number(text);
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrPathToString(XrInstance instance, XrPath path, uint32_t capacity, uint32_t *size,
                                   char *out) {
  ENTER(INSTANCE, instance);
  const char *text = path_text(path);
  CHECK(text, XR_ERROR_PATH_INVALID, "path %llu", (unsigned long long)path);
  DONE(list_out(capacity, size, (uint32_t)strlen(text) + 1, text, 1, out));
}

int path_side(XrPath user) {
  const char *text = path_text(user);
  if (text && strcmp(text, "/user/hand/left") == 0) return LEFT;
  return text && strcmp(text, "/user/hand/right") == 0 ? RIGHT : -1;
}

#define POSES "grip/pose aim/pose output/haptic "
#define STICK "thumbstick/x thumbstick/y thumbstick/click "
static const struct {
  const char *name, *both, *left, *right;
} PROFILES[] = {
    {"/interaction_profiles/khr/simple_controller", POSES "select/click menu/click ", "", ""},
    {"/interaction_profiles/oculus/touch_controller",
     POSES STICK "thumbstick/touch squeeze/value trigger/value trigger/touch thumbrest/touch ",
     "x/click x/touch y/click y/touch menu/click ", "a/click a/touch b/click b/touch system/click "},
    {"/interaction_profiles/valve/index_controller",
     POSES STICK
     "thumbstick/touch system/click system/touch a/click a/touch b/click b/touch squeeze/value "
     "squeeze/force "
     "trigger/click trigger/value trigger/touch trackpad/x trackpad/y trackpad/force trackpad/touch ",
     "", ""},
    {"/interaction_profiles/htc/vive_controller",
     POSES "system/click squeeze/click menu/click trigger/click trigger/value trackpad/x trackpad/y "
           "trackpad/click trackpad/touch ",
     "", ""},
    {"/interaction_profiles/microsoft/motion_controller",
     POSES STICK
     "menu/click squeeze/click trigger/value trackpad/x trackpad/y trackpad/click trackpad/touch ",
     "", ""},
    {HAND_INTERACTION_PROFILE,
     "grip/pose aim/pose pinch_ext/pose poke_ext/pose pinch_ext/value pinch_ext/ready_ext "
     "aim_activate_ext/value "
     "aim_activate_ext/ready_ext grasp_ext/value grasp_ext/ready_ext ",
     "", ""}};
enum { PROFILE_COUNT = sizeof PROFILES / sizeof *PROFILES };

static int profile_of(const char *name) {
  for (int i = 0; i < PROFILE_COUNT; i++)
    if (strcmp(PROFILES[i].name, name) == 0) return i;
  return -1;
}

bool profile_known(const char *profile) { return profile_of(profile) >= 0; }

static bool lists(const char *inputs, const char *identifier, const char *component) {
  char wanted[128];
  snprintf(wanted, sizeof wanted, "%s/%s ", identifier, component);
  for (const char *at = inputs; (at = strstr(at, wanted)); at++)
    if (at == inputs || at[-1] == ' ') return true;
  return false;
}

static bool has(int profile, int side, const char *identifier, const char *component) {
  return lists(PROFILES[profile].both, identifier, component) ||
         lists(side == LEFT ? PROFILES[profile].left : PROFILES[profile].right, identifier, component);
}

/* A binding may leave the component out; then the best one for the type of the action is taken. */
static const char *best(int profile, int side, const char *identifier, XrActionType type) {
  static const char *BOOLEAN[] = {"click", "value", "touch", NULL},
                    *FLOAT[] = {"value", "force", "click", NULL};
  static const char *POSE[] = {"pose", NULL};
  if (type == XR_ACTION_TYPE_VECTOR2F_INPUT) return has(profile, side, identifier, "x") ? "xy" : NULL;
  const char **choices = type == XR_ACTION_TYPE_POSE_INPUT    ? POSE
                         : type == XR_ACTION_TYPE_FLOAT_INPUT ? FLOAT
                                                              : BOOLEAN;
  for (; *choices; choices++)
    if (has(profile, side, identifier, *choices)) return *choices;
  return NULL;
}

static bool fits(XrActionType type, const char *component) {
  if (type == XR_ACTION_TYPE_POSE_INPUT) return strcmp(component, "pose") == 0;
  if (type == XR_ACTION_TYPE_VECTOR2F_INPUT) return false;
  return strcmp(component, "pose") != 0;
}

bool profile_input(const char *name, const char *binding, XrActionType type, int *side, char *identifier,
                   char *component) {
  int profile = profile_of(name);
  char kind[16] = "", rest[128] = "";
  if (profile < 0 || strncmp(binding, "/user/hand/", 11) != 0) return false;
  *side = strncmp(binding + 11, "left/", 5) == 0    ? LEFT
          : strncmp(binding + 11, "right/", 6) == 0 ? RIGHT
                                                    : -1;
  if (*side < 0 || sscanf(binding + (*side == LEFT ? 16 : 17), "%15[^/]/%127s", kind, rest) != 2)
    return false;
  if (strcmp(kind, "output") == 0) {
    strcpy(identifier, "haptic");
    strcpy(component, "");
    return type == XR_ACTION_TYPE_VIBRATION_OUTPUT && strcmp(rest, "haptic") == 0 &&
           has(profile, *side, "output", "haptic");
  }
  char *slash = strchr(rest, '/');
  if (slash) *slash = 0;
  if (strcmp(kind, "input") != 0 || type == XR_ACTION_TYPE_VIBRATION_OUTPUT || strlen(rest) > 60)
    return false;
  const char *part = slash ? slash + 1 : best(profile, *side, rest, type);
  if (!part || (slash && (strlen(part) > 30 || !has(profile, *side, rest, part) || !fits(type, part))))
    return false;
  strcpy(identifier, rest);
  strcpy(component, part);
  return true;
}
