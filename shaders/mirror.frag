#version 330 core
// One eye's picture on the desktop; where it lets a sky through that the headset's compositor draws, that sky.
// Both are laid over one another in linear light, as the compositor does.
#include "equirect.glsl"
uniform sampler2D picture_map;       // premultiplied
uniform sampler2D sky_map;
uniform mat4 ray_from_clip;
uniform vec4 part;                   // left, bottom, width, height of what is shown of the picture, 0..1
in vec2 screen_uv;
out vec4 pixel;

void main() {
    vec2 place = part.xy + part.zw * screen_uv;
    vec4 seen = texture(picture_map, place);
    vec4 ray = ray_from_clip * vec4(place * 2.0 - 1.0, 1.0, 1.0);
    vec3 sky = textureLod(sky_map, equirect_uv(ray.xyz), 0.0).rgb;
    vec3 c = clamp(seen.rgb + (1.0 - seen.a) * sky, 0.0, 1.0);
    pixel = vec4(mix(c * 12.92, 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, greaterThan(c, vec3(0.0031308))), 1.0);
}
