/* Action sets, actions, suggested bindings, and what each hand holds. */
#include "standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Suggestion *suggestions;
static size_t count;
static char suggested[8][TEXT];

static bool name_is_sane(const char *name) {
  return name[0] && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(name);
}

XrResult XRAPI_CALL xrCreateActionSet(XrInstance instance, const XrActionSetCreateInfo *info,
                                      XrActionSet *out) {
  ENTER(INSTANCE, instance);
  CHECK_TYPE(info, XR_TYPE_ACTION_SET_CREATE_INFO);
  CHECK(name_is_sane(info->actionSetName), XR_ERROR_NAME_INVALID, "action set `%.64s`", info->actionSetName);
  CHECK(info->localizedActionSetName[0], XR_ERROR_LOCALIZED_NAME_INVALID,
        "an action set without a name to show");
  for (ActionSet *other = NULL; (other = object_next(ACTION_SET, other, (void *)instance));) {
    CHECK(strcmp(other->name, info->actionSetName), XR_ERROR_NAME_DUPLICATED, "%s", other->name);
    CHECK(strcmp(other->localized, info->localizedActionSetName), XR_ERROR_LOCALIZED_NAME_DUPLICATED, "%s",
          other->localized);
  }
  ActionSet *set = object_new(ACTION_SET, sizeof *set, (void *)instance);
  snprintf(set->name, sizeof set->name, "%s", info->actionSetName);
  snprintf(set->localized, sizeof set->localized, "%s", info->localizedActionSetName);
  *out = (XrActionSet)set;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrDestroyActionSet(XrActionSet set) {
  ENTER(ACTION_SET, set);
  object_destroy((void *)set);
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrCreateAction(XrActionSet handle, const XrActionCreateInfo *info, XrAction *out) {
  ENTER(ACTION_SET, handle);
  ActionSet *set = (ActionSet *)handle;
  CHECK_TYPE(info, XR_TYPE_ACTION_CREATE_INFO);
  CHECK(!set->attached, XR_ERROR_ACTIONSETS_ALREADY_ATTACHED, "the action set is attached");
  CHECK(name_is_sane(info->actionName), XR_ERROR_NAME_INVALID, "action `%.64s`", info->actionName);
  CHECK(info->localizedActionName[0], XR_ERROR_LOCALIZED_NAME_INVALID, "%.64s has no name to show",
        info->actionName);
  for (Action *other = NULL; (other = object_next(ACTION, other, set));) {
    CHECK(strcmp(other->name, info->actionName), XR_ERROR_NAME_DUPLICATED, "%s", other->name);
    CHECK(strcmp(other->localized, info->localizedActionName), XR_ERROR_LOCALIZED_NAME_DUPLICATED, "%s",
          other->localized);
  }
  CHECK(info->countSubactionPaths <= 4, XR_ERROR_PATH_UNSUPPORTED, "%u subaction paths",
        info->countSubactionPaths);
  for (uint32_t i = 0; i < info->countSubactionPaths; i++)
    CHECK(path_side(info->subactionPaths[i]) >= 0, XR_ERROR_PATH_UNSUPPORTED,
          "subaction paths are the two hands");
  Action *action = object_new(ACTION, sizeof *action, set);
  action->type = info->actionType;
  snprintf(action->name, sizeof action->name, "%s", info->actionName);
  snprintf(action->localized, sizeof action->localized, "%s", info->localizedActionName);
  action->subaction_count = info->countSubactionPaths;
  for (uint32_t i = 0; i < action->subaction_count; i++) action->subactions[i] = info->subactionPaths[i];
  *out = (XrAction)action;
  DONE(XR_SUCCESS);
}

XrResult XRAPI_CALL xrDestroyAction(XrAction action) {
  ENTER(ACTION, action);
  object_destroy((void *)action);
  DONE(XR_SUCCESS);
}

static bool any_attached(void) {
  for (ActionSet *set = NULL; (set = object_next(ACTION_SET, set, NULL));)
    if (set->attached) return true;
  return false;
}

static void suggestions_of_profile_forget(const char *profile) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (strcmp(suggestions[i].profile, profile)) suggestions[kept++] = suggestions[i];
  count = kept;
}

void suggestions_forget(const Action *action) {
  size_t kept = 0;
  for (size_t i = 0; action && i < count; i++)
    if (suggestions[i].action != action) suggestions[kept++] = suggestions[i];
  count = kept;
  if (!action) memset(suggested, 0, sizeof suggested);
}

static void mark_suggested(const char *profile) {
  for (int i = 0; i < 8; i++)
    if (!suggested[i][0] || strcmp(suggested[i], profile) == 0) {
      snprintf(suggested[i], TEXT, "%s", profile);
      return;
    }
}

bool profile_suggested(const char *profile) {
  for (int i = 0; i < 8; i++)
    if (suggested[i][0] && strcmp(suggested[i], profile) == 0) return true;
  return false;
}

XrResult XRAPI_CALL xrSuggestInteractionProfileBindings(XrInstance instance,
                                                        const XrInteractionProfileSuggestedBinding *info) {
  ENTER(INSTANCE, instance);
  CHECK_TYPE(info, XR_TYPE_INTERACTION_PROFILE_SUGGESTED_BINDING);
  const char *profile = path_text(info->interactionProfile);
  CHECK(profile, XR_ERROR_PATH_INVALID, "the interaction profile is no path");
  say_text("profile", profile);
  bool hands = strcmp(profile, HAND_INTERACTION_PROFILE) == 0;
  CHECK(profile_known(profile) && (!hands || has_extension(HAND_INTERACTION_EXTENSION)),
        XR_ERROR_PATH_UNSUPPORTED, "no such interaction profile, or its extension is not enabled");
  CHECK(!any_attached(), XR_ERROR_ACTIONSETS_ALREADY_ATTACHED, "bindings after xrAttachSessionActionSets");
  CHECK(info->countSuggestedBindings > 0, XR_ERROR_VALIDATION_FAILURE, "no bindings");
  Suggestion *fresh = calloc(info->countSuggestedBindings, sizeof *fresh);
  for (uint32_t i = 0; i < info->countSuggestedBindings; i++) {
    XrActionSuggestedBinding binding = info->suggestedBindings[i];
    const char *text = path_text(binding.binding);
    Action *action = (Action *)binding.action;
    bool real = object_is(ACTION, action), good = false;
    if (real && text)
      good =
          profile_input(profile, text, action->type, &fresh[i].side, fresh[i].identifier, fresh[i].component);
    if (!good) free(fresh);
    CHECK(real, XR_ERROR_HANDLE_INVALID, "binding %u has no action", i);
    CHECK(text, XR_ERROR_PATH_INVALID, "binding %u has no path", i);
    CHECK(good, XR_ERROR_PATH_UNSUPPORTED, "%s: %s does not exist there or is of another kind", action->name,
          text);
    snprintf(fresh[i].profile, sizeof fresh[i].profile, "%s", profile);
    fresh[i].action = action;
    fresh[i].path = binding.binding;
  }
  suggestions_of_profile_forget(profile);
  suggestions = realloc(suggestions, (count + info->countSuggestedBindings) * sizeof *suggestions);
  memcpy(suggestions + count, fresh, info->countSuggestedBindings * sizeof *fresh);
  count += info->countSuggestedBindings;
  free(fresh);
  mark_suggested(profile);
  DONE(XR_SUCCESS);
}

Suggestion *suggestion_for(const Action *action, int side, const char *profile, const Suggestion *after) {
  for (size_t i = after ? (size_t)(after - suggestions) + 1 : 0; i < count; i++)
    if (suggestions[i].action == action && suggestions[i].side == side &&
        strcmp(suggestions[i].profile, profile) == 0)
      return &suggestions[i];
  return NULL;
}

void profile_now(int side, char *out) {
  const char *held = now.bare[side] ? HAND_INTERACTION_PROFILE : now.profile[side];
  snprintf(out, TEXT, "%s", any_attached() && profile_suggested(held) ? held : "");
}

XrResult XRAPI_CALL xrAttachSessionActionSets(XrSession handle, const XrSessionActionSetsAttachInfo *info) {
  ENTER(SESSION, handle);
  Session *session = (Session *)handle;
  CHECK_TYPE(info, XR_TYPE_SESSION_ACTION_SETS_ATTACH_INFO);
  CHECK(!session->attached, XR_ERROR_ACTIONSETS_ALREADY_ATTACHED, "attached before");
  CHECK(info->countActionSets > 0, XR_ERROR_VALIDATION_FAILURE, "no action sets");
  for (uint32_t i = 0; i < info->countActionSets; i++)
    CHECK(object_is(ACTION_SET, (void *)info->actionSets[i]), XR_ERROR_HANDLE_INVALID,
          "action set %u is none", i);
  for (uint32_t i = 0; i < info->countActionSets; i++) ((ActionSet *)info->actionSets[i])->attached = true;
  session->attached = true;
  DONE(XR_SUCCESS);
}

/* Tells the client when a hand holds something else; what it sees changes with xrSyncActions. */
void profiles_tell(Session *session) {
  bool changed = false;
  for (int side = LEFT; side <= RIGHT && session->attached; side++) {
    char held[TEXT];
    profile_now(side, held);
    changed = changed || strcmp(held, session->profile[side]) != 0;
    snprintf(session->profile[side], TEXT, "%s", held);
  }
  XrEventDataInteractionProfileChanged event = {.type = XR_TYPE_EVENT_DATA_INTERACTION_PROFILE_CHANGED,
                                                .session = (XrSession)session};
  if (changed) event_push(&event, sizeof event);
}

XrResult XRAPI_CALL xrGetCurrentInteractionProfile(XrSession handle, XrPath user,
                                                   XrInteractionProfileState *state) {
  ENTER(SESSION, handle);
  Session *session = (Session *)handle;
  CHECK_TYPE(state, XR_TYPE_INTERACTION_PROFILE_STATE);
  CHECK(path_text(user), XR_ERROR_PATH_INVALID, "the top level path is none");
  CHECK(session->attached, XR_ERROR_ACTIONSET_NOT_ATTACHED, "no action sets are attached");
  CHECK(path_side(user) >= 0, XR_ERROR_PATH_UNSUPPORTED, "%s", path_text(user));
  const char *told = session->profile[path_side(user)];
  state->interactionProfile = told[0] ? path_number(told) : XR_NULL_PATH;
  DONE(XR_SUCCESS);
}
