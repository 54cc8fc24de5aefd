/* Handles: each is the address of an object that stands in one list until it is destroyed. And the way
   into and out of every call: losses, faults of the script, the log. */
#include "standin.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Object *all;

void *object_new(Kind kind, size_t size, void *parent) {
  Object *object = calloc(1, size);
  object->kind = kind;
  object->parent = parent;
  object->next = all;
  all = object;
  return object;
}

bool object_is(Kind kind, const void *handle) {
  for (Object *object = all; object; object = object->next)
    if (object == handle) return kind == ANY || object->kind == kind;
  return false;
}

void *object_next(Kind kind, void *after, void *parent) {
  for (Object *object = after ? ((Object *)after)->next : all; object; object = object->next)
    if (object->kind == kind && (!parent || object->parent == parent)) return object;
  return NULL;
}

void object_destroy(void *target) {
  Object *dead = target;
  for (Object *child = all; child;) {
    if (child->parent != dead) {
      child = child->next;
      continue;
    }
    object_destroy(child);
    child = all;
  }
  if (dead->kind == SWAPCHAIN) swapchain_clean(target);
  if (dead->kind == ACTION) suggestions_forget(target);
  if (dead == (Object *)the_session) the_session = NULL;
  for (Object **link = &all; *link; link = &(*link)->next)
    if (*link == dead) {
      *link = dead->next;
      break;
    }
  /* Not freed: no handle may come twice, or an old one would pass for a new one; the layer stumbles over it. */
}

static bool of_session(const Object *object) {
  for (; object; object = object->parent)
    if (object->kind == SESSION) return true;
  return false;
}

static bool is_destroying(const char *call) { return strncmp(call, "xrDestroy", 9) == 0; }

XrResult enter(const char *call, Kind kind, const void *handle) {
  if (handle ? !object_is(kind, handle) : kind != ANY) {
    say_text("why", "the handle is none of ours, of another kind or destroyed");
    return XR_ERROR_HANDLE_INVALID;
  }
  if (is_destroying(call)) return timeline_fault(call); /* losses spare them */
  if (now.lose_in[0] && strcmp(now.lose_in, call) == 0) {
    now.lose_in[0] = 0;
    *(now.lose_instance ? &now.instance_lost : &now.session_lost) = true;
  }
  if (now.instance_lost && handle) return XR_ERROR_INSTANCE_LOST;
  if (now.session_lost && handle && of_session(handle)) return XR_ERROR_SESSION_LOST;
  return timeline_fault(call);
}

XrResult done(const char *call, XrResult result) {
  if (result == XR_SUCCESS && now.session_pending && the_session && !is_destroying(call) &&
      (strcmp(call, "xrWaitFrame") == 0 || strcmp(call, "xrBeginFrame") == 0 ||
       strcmp(call, "xrEndFrame") == 0))
    result = XR_SESSION_LOSS_PENDING;
  journal_call(call, result);
  return result;
}

XrResult refuse(const char *call, XrResult result, const char *why, ...) {
  char text[TEXT];
  va_list list;
  va_start(list, why);
  vsnprintf(text, sizeof text, why, list);
  va_end(list);
  say_close(true);
  say_text("why", text);
  return done(call, result);
}

XrResult list_out(uint32_t capacity, uint32_t *count, uint32_t have, const void *items, size_t size,
                  void *out) {
  if (!count) return XR_ERROR_VALIDATION_FAILURE;
  *count = have;
  if (capacity == 0) return XR_SUCCESS;
  if (capacity < have) return XR_ERROR_SIZE_INSUFFICIENT;
  if (!out) return XR_ERROR_VALIDATION_FAILURE;
  if (have) memcpy(out, items, have * size);
  return XR_SUCCESS;
}
