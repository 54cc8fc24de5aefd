#version 330 core
// KHR_materials_unlit, exactly: base colour x texture x COLOR_0 in linear light. Then sRGB.
#include "blocks.glsl"
#include "encode.glsl"
#ifdef BASE_COLOUR_MAPPED
uniform sampler2DArray base_map;
#endif
in vec3 base_uv;
#ifdef COLOURED
in vec4 tint;
#endif
out vec4 pixel;

void main() {
#ifdef COLOURED
    vec4 base = tint;                // the factor is in it
#else
    vec4 base = vec4(1.0);
#endif
#ifdef BASE_COLOUR_MAPPED
    base *= texture(base_map, base_uv);
#endif
#ifdef MASKED
    if (base.a < emissive_cutoff.w) discard;
#endif
#ifdef BLENDED
    pixel = base;
#else
    pixel = vec4(encoded(base.rgb), 1.0);
#endif
}
