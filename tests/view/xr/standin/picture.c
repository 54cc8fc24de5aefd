/* OpenGL: real textures in the client's own context. Nothing is linked; functions are asked for by name. */
#define GL_GLEXT_PROTOTYPES /* their types; none is called by its own name */
#include "standin.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(_)                                                                       \
  _(glGetError)                                                                            \
  _(glGetString)                                                                           \
  _(glGetIntegerv) _(glGenTextures) _(glBindTexture) _(glDeleteTextures) _(glTexStorage2D) \
      _(glClearTexImage) _(glGenFramebuffers) _(glBindFramebuffer) _(glDeleteFramebuffers) \
          _(glFramebufferTexture2D) _(glReadPixels) _(glPixelStorei) _(glBindBuffer)
#define POINTER(name) static __typeof__(&name) name##_;
FUNCTIONS(POINTER)

typedef struct {
  EGLDisplay egl_display;
  EGLContext egl_context;
  EGLSurface draw, read;
  Display *display;
  GLXDrawable drawable;
  GLXContext glx_context;
} Current;
static Binding bound;
static Current before;
static int version;
static EGLBoolean (*egl_make_current)(EGLDisplay, EGLSurface, EGLSurface, EGLContext);
static EGLContext (*egl_context)(void);
static EGLDisplay (*egl_display)(void);
static EGLSurface (*egl_surface)(EGLint);
static Bool (*glx_make_current)(Display *, GLXDrawable, GLXContext);
static GLXContext (*glx_context)(void);
static Display *(*glx_display)(void);
static GLXDrawable (*glx_drawable)(void);

static void *find(void *library, const char *name) { return library ? dlsym(library, name) : NULL; }

/* A function pointer may not be cast from an object pointer in C; POSIX lets its bytes be copied. */
#define TAKE(into, from)                    \
  do {                                      \
    void *found_ = (from);                  \
    memcpy(&(into), &found_, sizeof(into)); \
  } while (0)

static bool find_window_system(bool egl) {
  void *library = dlopen(egl ? "libEGL.so.1" : "libGL.so.1", RTLD_NOW | RTLD_LOCAL);
  if (egl) {
    TAKE(egl_make_current, find(library, "eglMakeCurrent"));
    TAKE(egl_context, find(library, "eglGetCurrentContext"));
    TAKE(egl_display, find(library, "eglGetCurrentDisplay"));
    TAKE(egl_surface, find(library, "eglGetCurrentSurface"));
    return egl_make_current && egl_context && egl_display && egl_surface;
  }
  TAKE(glx_make_current, find(library, "glXMakeCurrent"));
  TAKE(glx_context, find(library, "glXGetCurrentContext"));
  TAKE(glx_display, find(library, "glXGetCurrentDisplay"));
  TAKE(glx_drawable, find(library, "glXGetCurrentDrawable"));
  TAKE(bound.address, find(library, "glXGetProcAddress"));
  return glx_make_current && glx_context && glx_display && glx_drawable && bound.address;
}

static void remember(void) {
  memset(&before, 0, sizeof before);
  if (bound.egl)
    before = (Current){.egl_display = egl_display(),
                       .egl_context = egl_context(),
                       .draw = egl_surface(EGL_DRAW),
                       .read = egl_surface(EGL_READ)};
  else before = (Current){.display = glx_display(), .drawable = glx_drawable(), .glx_context = glx_context()};
}

static bool take(void) {
  if (bound.egl)
    return before.egl_context == bound.egl_context ||
           egl_make_current(bound.egl_display, EGL_NO_SURFACE, EGL_NO_SURFACE, bound.egl_context);
  return before.glx_context == bound.glx_context ||
         glx_make_current(bound.display, bound.drawable, bound.glx_context);
}

void picture_enter(void) {
  remember();
  take();
}

void picture_leave(void) {
  bool keep = !script.unbind;
  if (bound.egl && keep && before.egl_context == bound.egl_context) return;
  if (!bound.egl && keep && before.glx_context == bound.glx_context) return;
  if (bound.egl && keep && before.egl_context)
    egl_make_current(before.egl_display, before.draw, before.read, before.egl_context);
  else if (bound.egl) egl_make_current(bound.egl_display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  else if (keep && before.glx_context) glx_make_current(before.display, before.drawable, before.glx_context);
  else glx_make_current(bound.display, None, NULL);
}

static bool find_functions(char *why, size_t size) {
#define LOOK(name) TAKE(name##_, bound.address(#name));
  FUNCTIONS(LOOK)
  const char *text = glGetString_ ? (const char *)glGetString_(GL_VERSION) : NULL;
  int major = 0, minor = 0;
  if (!text || sscanf(text, "%d.%d", &major, &minor) != 2) {
    snprintf(why, size, "the context is no OpenGL context (version `%.100s`)", text ? text : "none");
    return false;
  }
  version = 10 * major + minor;
  bool enough = version >= 10 * script.gl_low[0] + script.gl_low[1];
  if (!enough)
    snprintf(why, size, "the context is OpenGL %d.%d, at least %d.%d is asked for", major, minor,
             script.gl_low[0], script.gl_low[1]);
  return enough;
}

bool picture_bind(const Binding *binding, char *why, size_t size) {
  bound = *binding;
  if (!find_window_system(bound.egl)) {
    snprintf(why, size, "no %s", bound.egl ? "libEGL.so.1" : "libGL.so.1");
    return false;
  }
  remember();
  if (!take()) {
    snprintf(why, size, "the context cannot be made current in this thread");
    return false;
  }
  bool good = find_functions(why, size);
  picture_leave();
  return good;
}

bool picture_is_depth(int64_t format) {
  return format == 0x81A5 || format == 0x81A6 || format == 0x81A7 || format == 0x8CAC || format == 0x88F0 ||
         format == 0x8CAD;
}

static bool has_stencil(int64_t format) { return format == 0x88F0 || format == 0x8CAD; }

static int integer(GLenum name) {
  GLint value = 0;
  glGetIntegerv_(name, &value);
  return value;
}

uint32_t picture_texture(int64_t format, uint32_t width, uint32_t height, uint32_t levels) {
  GLuint texture = 0, held = (GLuint)integer(GL_TEXTURE_BINDING_2D);
  while (glGetError_() != GL_NO_ERROR) continue;
  glGenTextures_(1, &texture);
  glBindTexture_(GL_TEXTURE_2D, texture);
  glTexStorage2D_(GL_TEXTURE_2D, (GLsizei)levels, (GLenum)format, (GLsizei)width, (GLsizei)height);
  glBindTexture_(GL_TEXTURE_2D, held);
  if (glGetError_() == GL_NO_ERROR) return texture;
  glDeleteTextures_(1, &texture);
  return 0;
}

void picture_delete(uint32_t texture) { glDeleteTextures_(1, &texture); }

/* Magenta: whatever the client leaves undrawn can be seen. */
void picture_scribble(uint32_t texture, int64_t format) {
  static const unsigned char MAGENTA[4] = {255, 0, 255, 255};
  if (version < 44 || picture_is_depth(format)) return;
  glClearTexImage_(texture, 0, GL_RGBA, GL_UNSIGNED_BYTE, MAGENTA);
}

int picture_error(void) { return (int)glGetError_(); }

static bool write_rows(const char *file, const unsigned char *rows, size_t row, int height) {
  FILE *out = fopen(file, "wb");
  if (!out) return false;
  for (int y = height - 1; y >= 0; y--)
    fwrite(rows + (size_t)y * row, 1, row, out); /* OpenGL's rows begin below */
  return fclose(out) == 0;
}

static bool read_rect(uint32_t texture, int64_t format, XrRect2Di rect, void *out) {
  bool depth = picture_is_depth(format);
  GLuint framebuffer, held = (GLuint)integer(GL_READ_FRAMEBUFFER_BINDING),
                      buffer = (GLuint)integer(GL_PIXEL_PACK_BUFFER_BINDING);
  int align = integer(GL_PACK_ALIGNMENT), row = integer(GL_PACK_ROW_LENGTH);
  glGenFramebuffers_(1, &framebuffer);
  glBindFramebuffer_(GL_READ_FRAMEBUFFER, framebuffer);
  glFramebufferTexture2D_(GL_READ_FRAMEBUFFER,
                          !depth                ? GL_COLOR_ATTACHMENT0
                          : has_stencil(format) ? GL_DEPTH_STENCIL_ATTACHMENT
                                                : GL_DEPTH_ATTACHMENT,
                          GL_TEXTURE_2D, texture, 0);
  glBindBuffer_(GL_PIXEL_PACK_BUFFER, 0);
  glPixelStorei_(GL_PACK_ALIGNMENT, 1);
  glPixelStorei_(GL_PACK_ROW_LENGTH, 0);
  glReadPixels_(rect.offset.x, rect.offset.y, rect.extent.width, rect.extent.height,
                depth ? GL_DEPTH_COMPONENT : GL_RGBA, depth ? GL_FLOAT : GL_UNSIGNED_BYTE, out);
  glPixelStorei_(GL_PACK_ALIGNMENT, align);
  glPixelStorei_(GL_PACK_ROW_LENGTH, row);
  glBindBuffer_(GL_PIXEL_PACK_BUFFER, buffer);
  glBindFramebuffer_(GL_READ_FRAMEBUFFER, held);
  glDeleteFramebuffers_(1, &framebuffer);
  return glGetError_() == GL_NO_ERROR;
}

bool picture_write(uint32_t texture, int64_t format, XrRect2Di rect, const char *file) {
  size_t row = (size_t)rect.extent.width * 4; /* four bytes, or one float of depth */
  unsigned char *rows = malloc(row * (size_t)rect.extent.height);
  bool good =
      rows && read_rect(texture, format, rect, rows) && write_rows(file, rows, row, rect.extent.height);
  free(rows);
  return good;
}
