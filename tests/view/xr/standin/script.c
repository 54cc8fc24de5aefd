/* The script: a text file named by VRGEN_STANDIN_SCRIPT, a directive a line, `#` begins a comment. Without a
   script the stand-in is an ordinary headset with two Touch controllers that never stops by itself.

   What the headset is (metres, degrees, pixels; in brackets what stands without the directive):
     frames N              after N frames the runtime stops the session and exits [never]
     rate HZ               xrWaitFrame paces to HZ; 0: it never sleeps [0]
     period_ms MS          time between two frames, where rate is 0 [1000/90]
     size W H              recommended for one eye [896 1007]
     max_size W H          the most for one eye [2048 2048]
     max_image W H         the largest swapchain image [8192 8192]
     images N              in a swapchain [3]
     layers N              at most in a frame [16]
     formats F ...         of swapchains, best first [0x8C43 0x881A 0x8058 0x8CAC 0x81A6 0x81A5 0x88F0]
     fov L left right up down R left right up down         [L -50 45 48 -52 R -45 50 48 -52]
     ipd M                 between the eyes [0.064]
     cant DEG              each eye is turned outwards [0]
     blend MODE ...        opaque, alpha, additive; best first [opaque]
     local X Y Z YAW       origin of LOCAL in STAGE; LOCAL_FLOOR is the same at y = 0 [0 1.6 0 0]
     bounds W H            size of the play area [none]
     no extension NAME     one of those that instance.c offers is not there
     no headset | no hands | no stage
     system NAME           of the headset [vrgen stand-in headset]
     gl LOW HIGH           versions of OpenGL that are asked for [3.3 4.6]
     profile [SIDE] PATH|none      in the hands [/interaction_profiles/oculus/touch_controller]
     unbind                the OpenGL context is left unbound by every call that draws
     scribble              every image is magenta when it is acquired, not only at first
     fail CALL RESULT      that call always returns this
     log FILE              JSON lines, appended
     path FILE             keys of the head: lines of `FRAME x y z qx qy qz qw`

   What happens, as `at FRAME ...`; xrWaitFrame counts the frames from 0. SIDE is left or right, POSE is in
   STAGE: x y z, or x y z qx qy qz qw.
     head POSE             a key of the head; straight lines between keys [0 1.6 0]
     hand SIDE aim POSE    a key of what it points with [0.2 to its side, 1.1 high, 0.35 ahead]
     hand SIDE grip POSE   a key of the palm [the aim's]
     button SIDE NAME X    input NAME of that hand is X: trigger, squeeze, a, x, menu, select, thumbstick
     stick SIDE X Y        thumbstick and trackpad
     pinch SIDE X          the hand is bare; thumb and index finger are together (1) or apart (0)
     bare SIDE 0|1         the hand holds no controller
     tracked head|SIDE 0|1 its pose is known
     profile [SIDE] PATH|none      another controller
     recentre              LOCAL and LOCAL_FLOOR move to the head
     should_render 0|1
     state visible|synchronized|focused|stopping    stopping: taken off, and put on again at once
     exit                  the runtime ends the session
     pending session|instance      the loss is announced
     lose session|instance [CALL]  from this call on (else xrWaitFrame) everything fails
     fail CALL RESULT      in this frame
     hang CALL             it never returns
     dump PREFIX           xrEndFrame writes PREFIX-0.rgba and PREFIX-1.rgba (rows from the top, four bytes a
                           pixel as they lie in the image), PREFIX-N.depth (float32), PREFIX-sky.rgba; their
                           sizes stand in the log */
#include "standin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 32, MOST_TAKEN = 16 };
Script script;
static char taken[MOST_TAKEN][128];
static int taken_count;
static char *words[MOST_WORDS];
static int count;

static double number(int i) {
  char *end = NULL;
  double value = i < count ? strtod(words[i], &end) : NAN;
  if (!end || *end) snprintf(script.wrong, TEXT, "word %d of `%s` is no number", i + 1, words[0]);
  return value;
}

static bool is(int i, const char *word) { return i < count && strcmp(words[i], word) == 0; }

static void copy(char *out, int i) { snprintf(out, TEXT, "%s", i < count ? words[i] : ""); }

static int side_of(int i) {
  if (is(i, "left")) return LEFT;
  if (is(i, "right")) return RIGHT;
  if (is(i, "head")) return HEAD;
  snprintf(script.wrong, TEXT, "`%s`: expected left or right", i < count ? words[i] : "");
  return LEFT;
}

static Pose pose_at(int i) {
  Pose pose = POSE_NONE;
  for (int j = 0; j < 3; j++) pose.p[j] = number(i + j);
  for (int j = 0; j < 4 && count > i + 3; j++) pose.q[j] = number(i + 3 + j);
  return pose;
}

static void read_fov(void) {
  for (int i = 1, eye = 0; i < count; i++) {
    if (is(i, "/")) continue;
    eye = is(i, "R");
    for (int j = 0; j < 4; j++) script.fov[eye][j] = number(++i) * M_PI / 180;
  }
}

static void read_blends(void) {
  script.blend_count = 0;
  for (int i = 1; i < count && script.blend_count < MOST_BLENDS; i++) {
    XrEnvironmentBlendMode mode = is(i, "opaque")     ? XR_ENVIRONMENT_BLEND_MODE_OPAQUE
                                  : is(i, "additive") ? XR_ENVIRONMENT_BLEND_MODE_ADDITIVE
                                  : is(i, "alpha")    ? XR_ENVIRONMENT_BLEND_MODE_ALPHA_BLEND
                                                      : XR_ENVIRONMENT_BLEND_MODE_MAX_ENUM;
    if (mode == XR_ENVIRONMENT_BLEND_MODE_MAX_ENUM)
      snprintf(script.wrong, TEXT, "no blend mode `%s`", words[i]);
    script.blends[script.blend_count++] = mode;
  }
}

static void read_no(void) {
  if (is(1, "headset")) script.headset = false;
  else if (is(1, "hands")) script.hands = false;
  else if (is(1, "stage")) script.stage = false;
  else if (is(1, "extension") && count == 3 && taken_count < MOST_TAKEN)
    snprintf(taken[taken_count++], sizeof taken[0], "%s", words[2]);
  else snprintf(script.wrong, TEXT, "`no %s` is not known", count > 1 ? words[1] : "");
}

static void read_path(const char *name) {
  double k[8];
  FILE *file = fopen(name, "r");
  if (!file) {
    snprintf(script.wrong, TEXT, "cannot read the path %.400s", name);
    return;
  }
  while (fscanf(file, "%lf %lf %lf %lf %lf %lf %lf %lf", k, k + 1, k + 2, k + 3, k + 4, k + 5, k + 6,
                k + 7) == 8)
    timeline_key(HEAD, k[0], (Pose){{k[1], k[2], k[3]}, {k[4], k[5], k[6], k[7]}});
  fclose(file);
}

static bool pair(const char *word, uint32_t *first, uint32_t *second) {
  if (!is(0, word)) return false;
  *first = (uint32_t)number(1);
  if (second) *second = (uint32_t)number(2);
  return true;
}

static bool read_plain(void) {
  if (is(0, "rate")) script.rate = number(1);
  else if (is(0, "period_ms")) script.period_ms = number(1);
  else if (is(0, "ipd")) script.ipd = number(1);
  else if (is(0, "cant")) script.cant = number(1) * M_PI / 180;
  else if (is(0, "unbind")) script.unbind = true;
  else if (is(0, "scribble")) script.scribble = true;
  else if (is(0, "log")) copy(script.log, 1);
  else if (is(0, "local")) script.local = pose_turned(number(1), number(2), number(3), number(4));
  else if (is(0, "bounds")) script.bounds[0] = number(1), script.bounds[1] = number(2);
  else
    return pair("size", &script.width, &script.height) ||
           pair("max_size", &script.max_width, &script.max_height) ||
           pair("max_image", &script.image_width, &script.image_height) ||
           pair("images", &script.images, NULL) || pair("layers", &script.layers, NULL);
  return true;
}

static void read_words(int from, char *out) {
  out[0] = 0;
  for (int i = from; i < count; i++)
    snprintf(out + strlen(out), TEXT - strlen(out), "%s%s", i > from ? " " : "", words[i]);
}

static void read_header(void) {
  if (read_plain()) return;
  if (is(0, "fov")) read_fov();
  else if (is(0, "blend")) read_blends();
  else if (is(0, "no")) read_no();
  else if (is(0, "path") && count == 2) read_path(words[1]);
  else if (is(0, "system")) read_words(1, script.system);
  else if (is(0, "gl")) {
    if (count != 3 || sscanf(words[1], "%d.%d", script.gl_low, script.gl_low + 1) != 2 ||
        sscanf(words[2], "%d.%d", script.gl_high, script.gl_high + 1) != 2)
      snprintf(script.wrong, TEXT, "expected `gl 3.3 4.6`");
  } else if (is(0, "frames")) timeline_add((Event){.frame = number(1), .kind = EVENT_EXIT});
  else if (is(0, "formats")) {
    script.format_count = 0;
    for (int i = 1; i < count && script.format_count < MOST_FORMATS; i++)
      script.formats[script.format_count++] = strtoll(words[i], NULL, 0);
  } else snprintf(script.wrong, TEXT, "`%s` is not known", words[0]);
}

static XrResult result_of(const char *name) {
  for (int value = -60; value <= 10; value++)
    if (strcmp(result_name((XrResult)value), name) == 0) return (XrResult)value;
  snprintf(script.wrong, TEXT, "no result `%.200s`", name);
  return XR_SUCCESS;
}

static void add_profile(double frame) {
  Event event = {.frame = frame, .kind = EVENT_PROFILE};
  copy(event.text, count - 1);
  if (strcmp(event.text, "none") && !profile_known(event.text))
    snprintf(script.wrong, TEXT, "no interaction profile `%.400s`", event.text);
  for (event.side = LEFT; event.side <= RIGHT; event.side++)
    if (count == 2 || side_of(1) == event.side) timeline_add(event);
}

static bool read_event(double frame) {
  static const struct {
    const char *word;
    EventKind kind;
    char shape;
  } SHAPES[] = {{"button", EVENT_BUTTON, 'b'},   {"stick", EVENT_STICK, 'p'},
                {"pinch", EVENT_PINCH, 'v'},     {"bare", EVENT_BARE, 'v'},
                {"tracked", EVENT_TRACKED, 'v'}, {"recentre", EVENT_RECENTRE, ' '},
                {"exit", EVENT_EXIT, ' '},       {"should_render", EVENT_RENDER, 'n'},
                {"state", EVENT_STATE, 't'},     {"pending", EVENT_PENDING, 't'},
                {"lose", EVENT_LOSE, 't'},       {"fail", EVENT_FAIL, 'f'},
                {"hang", EVENT_HANG, 't'},       {"dump", EVENT_DUMP, 't'}};
  for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) {
    if (!is(0, SHAPES[i].word)) continue;
    Event event = {.frame = frame, .kind = SHAPES[i].kind};
    char shape = SHAPES[i].shape;
    if (strchr("bpv", shape)) event.side = side_of(1);
    if (shape == 'b' || shape == 't' || shape == 'f') copy(event.name, shape == 'b' ? 2 : 1);
    if (shape == 't' || shape == 'f') copy(event.text, 2);
    if (strchr("bpvn", shape)) event.x = number(shape == 'b' ? 3 : shape == 'n' ? 1 : 2);
    if (shape == 'p') event.y = number(3);
    if (shape == 'f') event.x = result_of(event.text);
    timeline_add(event);
    return true;
  }
  return false;
}

static void read_at(double frame) {
  if (is(0, "profile")) add_profile(frame);
  else if (is(0, "head")) timeline_key(HEAD, frame, pose_at(1));
  else if (is(0, "hand") && is(2, "aim")) timeline_key(side_of(1), frame, pose_at(3));
  else if (is(0, "hand") && is(2, "grip")) timeline_key(3 + side_of(1), frame, pose_at(3));
  else if (!read_event(frame))
    snprintf(script.wrong, TEXT, "`at FRAME %s` is not known", count ? words[0] : "");
}

static void read_line(char *line) {
  line[strcspn(line, "#\n")] = 0;
  count = 0;
  for (char *word = strtok(line, " \t\r"); word && count < MOST_WORDS; word = strtok(NULL, " \t\r"))
    words[count++] = word;
  if (!count) return;
  if (is(0, "at")) {
    double frame = number(1);
    memmove(words, words + 2, sizeof *words * (size_t)(count > 2 ? count - 2 : 0));
    count = count > 2 ? count - 2 : 0;
    read_at(frame);
  } else if (is(0, "profile")) add_profile(-1);
  else if (is(0, "fail")) read_event(-1);
  else read_header();
}

bool script_offers(const char *extension) {
  for (int i = 0; i < taken_count; i++)
    if (strcmp(taken[i], extension) == 0) return false;
  return true;
}

void script_read(void) {
  static bool once;
  if (once) return;
  once = true;
  const double degrees[2][4] = {{-50, 45, 48, -52}, {-45, 50, 48, -52}};
  script = (Script){.period_ms = 1000.0 / 90,
                    .width = 896,
                    .height = 1007,
                    .max_width = 2048,
                    .max_height = 2048,
                    .image_width = 8192,
                    .image_height = 8192,
                    .images = 3,
                    .layers = MOST_LAYERS,
                    .format_count = 7,
                    .formats = {0x8C43, 0x881A, 0x8058, 0x8CAC, 0x81A6, 0x81A5, 0x88F0},
                    .ipd = 0.064,
                    .blends = {XR_ENVIRONMENT_BLEND_MODE_OPAQUE},
                    .blend_count = 1,
                    .headset = true,
                    .hands = true,
                    .stage = true,
                    .system = "vrgen stand-in headset",
                    .gl_low = {3, 3},
                    .gl_high = {4, 6}};
  for (int i = 0; i < 8; i++) script.fov[i / 4][i % 4] = degrees[i / 4][i % 4] * M_PI / 180;
  script.local = pose_turned(0, 1.6, 0, 0);
  const char *name = getenv("VRGEN_STANDIN_SCRIPT");
  FILE *file = name ? fopen(name, "r") : NULL;
  if (name && !file) snprintf(script.wrong, TEXT, "cannot read %.400s", name);
  char line[4096];
  for (int at = 1; file && fgets(line, sizeof line, file); at++) {
    read_line(line);
    if (script.wrong[0]) {
      fprintf(stderr, "stand-in: line %d of the script: %s\n", at, script.wrong);
      break;
    }
  }
  if (script.images > MOST_IMAGES || script.images < 1) script.images = 3;
  if (script.rate > 0) script.period_ms = 1000 / script.rate;
  if (file) fclose(file);
  now.local = script.local;
  timeline_advance(); /* what holds from the start */
}
