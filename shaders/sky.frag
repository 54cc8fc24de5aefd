#version 330 core
#include "blocks.glsl"
#include "equirect.glsl"
#include "tone.glsl"
#include "encode.glsl"
uniform sampler2D sky_map;
in vec2 screen_uv;
out vec4 pixel;

void main() {
    vec4 ray = ray_from_clip * vec4(screen_uv * 2.0 - 1.0, 1.0, 1.0);
    vec3 radiance = texture(sky_map, equirect_uv(ray.xyz)).rgb * environment.x;
    pixel = vec4(encoded(exposed(radiance)), 1.0);
}
