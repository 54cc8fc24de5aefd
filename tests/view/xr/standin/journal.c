/* The log: one JSON object a line, `{"frame": F, "call": "xr...", "result": "XR_...", ...}`. */
#include "standin.h"

#include <openxr/openxr_reflection.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char pending[65536];
static size_t used;
static int depth; /* objects that are open */
static bool opened; /* just now: no comma */
static FILE *file;

void say(const char *format, ...) {
  va_list list;
  if (!script.log[0]) return;
  if (!opened) used += (size_t)snprintf(pending + used, sizeof pending - used, ", ");
  opened = false;
  va_start(list, format);
  int more = vsnprintf(pending + used, sizeof pending - used, format, list);
  va_end(list);
  used += more > 0 ? (size_t)more : 0;
  if (used >= sizeof pending) used = sizeof pending - 1;
}

void say_text(const char *key, const char *text) {
  char clean[2 * TEXT];
  size_t n = 0;
  for (; *text && n < sizeof clean - 2; text++) {
    if (*text == '"' || *text == '\\') clean[n++] = '\\';
    clean[n++] = (unsigned char)*text < ' ' ? ' ' : *text;
  }
  clean[n] = 0;
  say("\"%s\": \"%s\"", key, clean);
}

void say_open(const char *format, unsigned number) {
  char key[64];
  snprintf(key, sizeof key, format, number);
  say("\"%s\": {", key);
  opened = true;
  depth++;
}

void say_close(bool all) {
  for (; depth > 0; depth--) {
    if (script.log[0] && used < sizeof pending - 1) pending[used++] = '}', pending[used] = 0;
    opened = false;
    if (!all) {
      depth--;
      return;
    }
  }
}

/* Python's json reads Infinity and NaN, as it writes them. */
void say_numbers(const char *key, int count, const double *values) {
  char list[TEXT] = "";
  for (int i = 0; i < count; i++) {
    char number[32];
    if (isfinite(values[i])) snprintf(number, sizeof number, "%.9g", values[i]);
    else
      snprintf(number, sizeof number, "%s",
               isnan(values[i]) ? "NaN"
               : values[i] < 0  ? "-Infinity"
                                : "Infinity");
    snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", number);
  }
  say(count == 1 ? "\"%s\": %s" : "\"%s\": [%s]", key, list);
}

void say_pose(const char *key, Pose a) {
  say_numbers(key, 7, (double[]){a.p[0], a.p[1], a.p[2], a.q[0], a.q[1], a.q[2], a.q[3]});
}

const char *result_name(XrResult result) {
  switch (result) {
#define NAME(name, value) \
  case name:              \
    return #name;
    XR_LIST_ENUM_XrResult(NAME)
#undef NAME
        default : return "XR_UNKNOWN";
  }
}

void journal_call(const char *call, XrResult result) {
  say_close(true);
  if (script.log[0] && !file) {
    file = fopen(script.log, "a");
    if (file) setvbuf(file, NULL, _IOLBF, 1 << 16);
  }
  if (file)
    fprintf(file, "{\"frame\": %lld, \"call\": \"%s\", \"result\": \"%s\"%s}\n", (long long)now.frame, call,
            result_name(result), used ? pending : "");
  used = 0;
  pending[0] = 0;
}
