/* The stand-in: an OpenXR runtime for tests, written by us from the specification. It is no headset and shows
   nothing; it plays the script of script.c, refuses what the specification forbids, and logs every call.

   It lives inside the client's process and serves one thread, one instance and one session at a time.
   Numbers: metres, radians, +Y up, right-handed, quaternions xyzw. The world is the STAGE space, its floor at
   y = 0. Frames are counted from 0 by xrWaitFrame and go on counting in a second session. */
#ifndef STANDIN_H
#define STANDIN_H

#define XR_NO_PROTOTYPES
#define XR_USE_PLATFORM_XLIB
#define XR_USE_PLATFORM_EGL
#define XR_USE_GRAPHICS_API_OPENGL
#include <EGL/egl.h>
#include <GL/glx.h>
#include <X11/Xlib.h>
#include <openxr/openxr.h>
#include <openxr/openxr_platform.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Younger than the headers of some distributions, so declared here from the specification. */
#define LOCAL_FLOOR                ((XrReferenceSpaceType)1000426000)
#define LOCAL_FLOOR_EXTENSION      "XR_EXT_local_floor"
#define HAND_INTERACTION_EXTENSION "XR_EXT_hand_interaction"
#define HAND_INTERACTION_PROFILE   "/interaction_profiles/ext/hand_interaction_ext"

enum { LEFT, RIGHT, HEAD, SIDES = 2 };
enum { MOST_FORMATS = 16, MOST_BLENDS = 3, MOST_IMAGES = 4, MOST_LAYERS = 16, TEXT = 512 };
#define FIRST_TIME ((XrTime)1000000000000) /* display time of frame 0 in nanoseconds */

/* --- pose.c --- */
typedef struct {
  double p[3];
  double q[4]; /* xyzw */
} Pose;
extern const Pose POSE_NONE; /* the identity */
Pose pose_from(XrPosef pose);
XrPosef pose_to(Pose pose);
Pose pose_times(Pose a, Pose b);
Pose pose_inverse(Pose a);
Pose pose_between(Pose a, Pose b, double share); /* straight line, shortest turn */
Pose pose_upright(Pose a); /* only the turn about +Y is kept */
Pose pose_turned(double x, double y, double z, double degrees_about_y);
bool pose_is_sane(XrPosef pose);

/* --- script.c: what the headset is --- */
typedef struct {
  double rate, period_ms;
  uint32_t width, height, max_width, max_height, image_width, image_height, images, layers;
  int64_t formats[MOST_FORMATS];
  uint32_t format_count;
  double fov[2][4]; /* left, right, up, down in radians */
  double ipd, cant; /* metres, radians */
  XrEnvironmentBlendMode blends[MOST_BLENDS];
  uint32_t blend_count;
  bool headset, hands, stage, unbind, scribble;
  char system[TEXT], log[TEXT], wrong[TEXT];
  int gl_low[2], gl_high[2];
  Pose local;
  double bounds[2];
} Script;
extern Script script;
void script_read(void); /* once a process; what is wrong goes to script.wrong and stderr */
bool script_offers(const char *extension); /* not taken away by the script */

/* --- timeline.c: what happens, and when --- */
typedef enum {
  EVENT_BUTTON,
  EVENT_STICK,
  EVENT_LOSE,
  EVENT_PENDING,
  EVENT_STATE,
  EVENT_EXIT,
  EVENT_RECENTRE,
  EVENT_RENDER,
  EVENT_TRACKED,
  EVENT_PROFILE,
  EVENT_BARE,
  EVENT_PINCH,
  EVENT_FAIL,
  EVENT_HANG,
  EVENT_DUMP
} EventKind;
typedef struct {
  double frame;
  EventKind kind;
  int side;
  char name[TEXT], text[TEXT];
  double x, y;
} Event;
void timeline_add(Event event);
void timeline_key(int track, double frame, Pose pose); /* track: LEFT, RIGHT aim, HEAD, 3 + side for grips */
Pose timeline_head(double frame);
Pose timeline_aim(int side, double frame);
Pose timeline_grip(int side, double frame);
void timeline_advance(void); /* applies the events of frame `now.frame` */
double timeline_input(int side, const char *identifier, const char *component);
XrResult timeline_fault(const char *call); /* what the script wants this call to return */
const char *timeline_dump(void); /* prefix of the files to write in this frame, or NULL */
typedef struct {
  int64_t frame; /* -1 before the first xrWaitFrame */
  bool should_render, tracked[3], bare[2];
  double pinch[2];
  char profile[2][TEXT];
  Pose local;
  bool instance_lost, session_lost, instance_pending, session_pending;
  char lose_in[TEXT]; /* the call in which the loss strikes */
  bool lose_instance;
} Now;
extern Now now;

/* --- objects.c: handles, and the way into and out of every call --- */
typedef enum { ANY, INSTANCE, SESSION, SPACE, SWAPCHAIN, ACTION_SET, ACTION, HAND_TRACKER } Kind;
typedef struct Object {
  Kind kind;
  struct Object *parent, *next;
} Object;
void *object_new(Kind kind, size_t size, void *parent);
void object_destroy(void *object); /* and all that belongs to it */
bool object_is(Kind kind, const void *handle);
void *object_next(Kind kind, void *after, void *parent); /* all of a kind, one after the other */
XrResult enter(const char *call, Kind kind, const void *handle);
XrResult done(const char *call, XrResult result);
XrResult refuse(const char *call, XrResult result, const char *why, ...)
    __attribute__((format(printf, 3, 4)));
XrResult list_out(uint32_t capacity, uint32_t *count, uint32_t have, const void *items, size_t size,
                  void *out);
#define DONE(result)        return done(__func__, (result))
#define REFUSE(result, ...) return refuse(__func__, (result), __VA_ARGS__)
#define CHECK(holds, result, ...)              \
  do {                                         \
    if (!(holds)) REFUSE(result, __VA_ARGS__); \
  } while (0)
#define ENTER(kind, handle)                                         \
  do {                                                              \
    XrResult in_ = enter(__func__, (kind), (const void *)(handle)); \
    if (XR_FAILED(in_)) return done(__func__, in_);                 \
  } while (0)
#define CHECK_TYPE(pointer, wanted)                                                                    \
  CHECK((pointer) && (pointer)->type == (wanted), XR_ERROR_VALIDATION_FAILURE,                         \
        #pointer ": the type is %d, expected %d (" #wanted ")", (pointer) ? (int)(pointer)->type : -1, \
        (int)(wanted))

/* --- journal.c: the log, one JSON object a line --- */
void say(const char *format, ...)
    __attribute__((format(printf, 1, 2))); /* `"key": value` of the call at work */
void say_text(const char *key, const char *text);
void say_open(const char *format, unsigned number); /* an object within; the key with its number */
void say_close(bool all);
void say_numbers(const char *key, int count, const double *values);
void say_pose(const char *key, Pose pose);
const char *result_name(XrResult result);
void journal_call(const char *call, XrResult result);

/* --- instance.c, session.c, frame.c, layers.c --- */
typedef struct {
  Object object;
  bool asked_gl; /* xrGetOpenGLGraphicsRequirementsKHR was called */
} Instance;
bool has_extension(const char *name); /* the client enabled it */
PFN_xrVoidFunction proc_of(const char *name); /* dispatch.c; NULL when there is no such call here */
XrResult XRAPI_CALL xrGetInstanceProcAddr(XrInstance instance, const char *name,
                                          PFN_xrVoidFunction *function);

typedef struct {
  Object object;
  XrSessionState state, target;
  bool running, exiting, attached;
  bool waited, begun;
  double next_wake; /* seconds of the monotonic clock, where the script paces */
  char profile[2][TEXT]; /* what the client was told that the hands hold */
} Session;
extern Session *the_session; /* or NULL */
void event_push(const void *event, size_t size);
void session_states(Session *session); /* goes down at once; goes up a step, once a frame */
void session_change(Session *session, XrSessionState state);
void session_recentred(Session *session, Pose before);
XrResult layers_check(const char *call, const XrFrameEndInfo *info);
void layers_dump(const XrFrameEndInfo *info, const char *prefix);
XrTime time_of(int64_t frame);
double frame_of(XrTime time);

/* --- picture.c: OpenGL --- */
typedef struct {
  bool egl;
  void *(*address)(const char *);
  EGLDisplay egl_display;
  EGLContext egl_context;
  Display *display;
  GLXDrawable drawable;
  GLXContext glx_context;
} Binding;
bool picture_bind(const Binding *binding, char *why, size_t size); /* false: `why` tells */
void picture_enter(void); /* the client's context becomes current */
void picture_leave(void); /* and what was current before comes back, or nothing where the script says so */
uint32_t picture_texture(int64_t format, uint32_t width, uint32_t height, uint32_t levels);
void picture_delete(uint32_t texture);
void picture_scribble(uint32_t texture, int64_t format);
bool picture_is_depth(int64_t format);
int picture_error(void); /* an error that the client left behind */
bool picture_write(uint32_t texture, int64_t format, XrRect2Di rect, const char *file);

/* --- swapchain.c --- */
typedef struct {
  Object object;
  XrSwapchainCreateInfo info;
  uint32_t textures[MOST_IMAGES], count, taken, waited, released;
  uint32_t last; /* the image released last */
} Swapchain;
void swapchain_clean(Swapchain *swapchain);

/* --- spaces.c, hands.c --- */
typedef struct Action Action;
typedef struct {
  Object object;
  XrReferenceSpaceType type;
  Action *action; /* NULL: a reference space */
  XrPath subaction;
  Pose offset;
} Space;
bool space_in_world(const Space *space, double frame, Pose *pose); /* false: not tracked */
const char *space_name(const Space *space);
XrSpaceLocationFlags all_flags(bool tracked);

/* --- paths.c, actions.c, input.c --- */
const char *path_text(XrPath path); /* NULL when it is no path */
XrPath path_number(const char *text); /* makes one */
int path_side(XrPath user); /* LEFT, RIGHT or -1 */
bool profile_known(const char *profile);
/* Splits a binding: identifier `trigger`, component `value`; false when this profile has no such input. */
bool profile_input(const char *profile, const char *binding, XrActionType type, int *side, char *identifier,
                   char *component);

typedef struct {
  Object object; /* child of the instance */
  char name[64], localized[128];
  bool attached;
} ActionSet;
struct Action {
  Object object; /* child of its set */
  XrActionType type;
  char name[64], localized[128];
  XrPath subactions[4];
  uint32_t subaction_count;
  struct {
    bool active, changed;
    double x, y;
    XrTime since;
  } latch[2];
};
typedef struct {
  char profile[128];
  Action *action;
  XrPath path;
  int side;
  char identifier[64], component[32];
} Suggestion;
Suggestion *suggestion_for(const Action *action, int side, const char *profile, const Suggestion *after);
bool profile_suggested(const char *profile);
void suggestions_forget(const Action *action); /* NULL: all of them */
void profile_now(int side, char *out); /* what this hand holds as the client sees it; "" for nothing */
void profiles_tell(Session *session);
#endif
