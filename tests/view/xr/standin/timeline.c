/* The timeline: keys of the three moving things, and events in the order of their frames. */
#include "standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  double frame;
  Pose pose;
} Key;
typedef struct {
  Key *keys;
  size_t count;
} Track;
typedef struct {
  int side;
  char name[64];
  double x, y;
} Input;
enum { MOST_INPUTS = 64, TRACKS = 5 };

Now now = {.frame = -1,
           .should_render = true,
           .tracked = {true, true, true},
           .profile = {"/interaction_profiles/oculus/touch_controller",
                       "/interaction_profiles/oculus/touch_controller"}};
static Track tracks[TRACKS];
static Event *events;
static size_t event_count, applied;
static Input inputs[MOST_INPUTS];
static size_t input_count;

void timeline_key(int track, double frame, Pose pose) {
  Track *t = &tracks[track];
  t->keys = realloc(t->keys, (t->count + 1) * sizeof *t->keys);
  size_t at = t->count++;
  for (; at > 0 && t->keys[at - 1].frame > frame; at--) t->keys[at] = t->keys[at - 1];
  t->keys[at] = (Key){frame, pose};
}

void timeline_add(Event event) {
  events = realloc(events, (event_count + 1) * sizeof *events);
  size_t at = event_count++;
  for (; at > 0 && events[at - 1].frame > event.frame; at--) events[at] = events[at - 1];
  events[at] = event;
}

static Pose pose_of(int track, double frame, Pose without) {
  const Track *t = &tracks[track];
  if (!t->count) return without;
  if (frame <= t->keys[0].frame) return t->keys[0].pose;
  for (size_t i = 1; i < t->count; i++) {
    const Key *a = &t->keys[i - 1], *b = &t->keys[i];
    if (frame < b->frame) return pose_between(a->pose, b->pose, (frame - a->frame) / (b->frame - a->frame));
  }
  return t->keys[t->count - 1].pose;
}

Pose timeline_head(double frame) { return pose_of(HEAD, frame, pose_turned(0, 1.6, 0, 0)); }

Pose timeline_aim(int side, double frame) {
  return pose_of(side, frame, pose_turned(side == LEFT ? -0.2 : 0.2, 1.1, -0.35, 0));
}

Pose timeline_grip(int side, double frame) { return pose_of(3 + side, frame, timeline_aim(side, frame)); }

static Input *input_of(int side, const char *name, bool make) {
  for (size_t i = 0; i < input_count; i++)
    if (inputs[i].side == side && strcmp(inputs[i].name, name) == 0) return &inputs[i];
  if (!make || input_count == MOST_INPUTS) return NULL;
  Input *input = &inputs[input_count++];
  input->side = side;
  snprintf(input->name, sizeof input->name, "%s", name);
  return input;
}

static void set_input(const Event *event) {
  static const char *STICKS[] = {"thumbstick", "trackpad"};
  if (event->kind == EVENT_BUTTON) {
    char name[64];
    snprintf(name, sizeof name, "%.50s value", event->name);
    Input *input = input_of(event->side, name, true);
    if (input) input->x = event->x;
    return;
  }
  for (int i = 0; i < 2; i++) {
    Input *input = input_of(event->side, STICKS[i], true);
    if (input) *input = (Input){.side = event->side, .x = event->x, .y = event->y};
    if (input) snprintf(input->name, sizeof input->name, "%s", STICKS[i]);
  }
}

double timeline_input(int side, const char *identifier, const char *component) {
  if (strcmp(component, "x") == 0 || strcmp(component, "y") == 0) {
    Input *stick = input_of(side, identifier, false);
    return stick ? (component[0] == 'x' ? stick->x : stick->y) : 0;
  }
  if (strstr(identifier, "_ext"))
    return strcmp(component, "ready_ext") == 0 ? now.bare[side] : now.pinch[side];
  char name[64];
  snprintf(name, sizeof name, "%.50s value", identifier);
  Input *input = input_of(side, name, false);
  double value = input ? input->x : 0;
  if (strcmp(component, "click") == 0) return value >= 0.5;
  return strcmp(component, "touch") == 0 ? value > 0 : value;
}

static void lose(const Event *event) {
  now.lose_instance = strcmp(event->name, "instance") == 0;
  if (event->text[0]) {
    snprintf(now.lose_in, TEXT, "%s", event->text);
    return;
  }
  *(now.lose_instance ? &now.instance_lost : &now.session_lost) = true;
}

static void pend(const Event *event) {
  if (strcmp(event->name, "instance") == 0) {
    now.instance_pending = true;
    XrEventDataInstanceLossPending data = {.type = XR_TYPE_EVENT_DATA_INSTANCE_LOSS_PENDING,
                                           .lossTime = time_of(now.frame)};
    event_push(&data, sizeof data);
  } else if (the_session) {
    now.session_pending = true;
    session_change(the_session, XR_SESSION_STATE_LOSS_PENDING);
  }
}

static void change_state(const Event *event) {
  if (!the_session) return;
  const char *name = event->name;
  the_session->target = event->kind == EVENT_EXIT       ? XR_SESSION_STATE_STOPPING
                        : strcmp(name, "stopping") == 0 ? XR_SESSION_STATE_STOPPING
                        : strcmp(name, "visible") == 0  ? XR_SESSION_STATE_VISIBLE
                        : strcmp(name, "focused") == 0  ? XR_SESSION_STATE_FOCUSED
                                                        : XR_SESSION_STATE_SYNCHRONIZED;
  if (event->kind == EVENT_EXIT) the_session->exiting = true;
  session_states(the_session);
}

static void recentre(void) {
  Pose before = now.local;
  now.local = pose_upright(timeline_head((double)now.frame));
  if (the_session) session_recentred(the_session, before);
}

static void apply(const Event *event) {
  switch (event->kind) {
    case EVENT_BUTTON:
    case EVENT_STICK:
      set_input(event);
      break;
    case EVENT_LOSE:
      lose(event);
      break;
    case EVENT_PENDING:
      pend(event);
      break;
    case EVENT_STATE:
    case EVENT_EXIT:
      change_state(event);
      break;
    case EVENT_RECENTRE:
      recentre();
      break;
    case EVENT_RENDER:
      now.should_render = event->x != 0;
      break;
    case EVENT_TRACKED:
      now.tracked[event->side] = event->x != 0;
      break;
    case EVENT_PROFILE:
      snprintf(now.profile[event->side], TEXT, "%s", strcmp(event->text, "none") ? event->text : "");
      break;
    case EVENT_PINCH:
      now.pinch[event->side % SIDES] = event->x;
      now.bare[event->side % SIDES] = true;
      break;
    case EVENT_BARE:
      now.bare[event->side % SIDES] = event->x != 0;
      break;
    case EVENT_FAIL:
    case EVENT_HANG:
    case EVENT_DUMP:
      break; /* looked up when they are due */
  }
}

void timeline_advance(void) {
  while (applied < event_count && events[applied].frame <= (double)now.frame) apply(&events[applied++]);
}

static bool is_now(const Event *event) { return event->frame < 0 || (int64_t)event->frame == now.frame; }

static void hang(const char *call) {
  say("\"hangs\": true");
  journal_call(call, XR_ERROR_RUNTIME_FAILURE);
  for (;;) pause();
}

XrResult timeline_fault(const char *call) {
  for (size_t i = 0; i < event_count; i++)
    if (events[i].kind == EVENT_HANG && is_now(&events[i]) && strcmp(events[i].name, call) == 0) hang(call);
  for (size_t i = 0; i < event_count; i++)
    if (events[i].kind == EVENT_FAIL && is_now(&events[i]) && strcmp(events[i].name, call) == 0) {
      say_text("why", "the script wants it so");
      return (XrResult)events[i].x;
    }
  return XR_SUCCESS;
}

const char *timeline_dump(void) {
  for (size_t i = 0; i < event_count; i++)
    if (events[i].kind == EVENT_DUMP && is_now(&events[i])) return events[i].name;
  return NULL;
}
