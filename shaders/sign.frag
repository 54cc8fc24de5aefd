#version 330 core
// What a sign is made of, by its kind: 0 plain, 1 ribbon, 2 disc, 3 ring, 4 dial, 5 card. Colours are linear; the
// target encodes them.
uniform sampler2D sign_map;
in vec4 tint;
in vec4 form;
out vec4 pixel;

const float TURN = 6.28318530718;

void main() {
    vec2 uv = form.xy;
    int kind = int(form.z + 0.5);
    float radius = length(uv), soft = fwidth(radius) + 0.02;
    pixel = tint;
    if (kind == 1) pixel.a *= clamp((1.0 - abs(uv.y)) * 1.6, 0.0, 1.0);
    if (kind == 2) pixel.a *= 1.0 - smoothstep(1.0 - soft, 1.0, radius);
    if (kind == 3 || kind == 4) {
        float band = smoothstep(0.78 - soft, 0.78, radius) * (1.0 - smoothstep(1.0 - soft, 1.0, radius));
        float inside = 1.0 - smoothstep(1.0 - soft, 1.0, radius);
        if (kind == 3) pixel.a *= max(band, 0.18 * inside * radius);
        else {
            // clockwise from the top, as a clock is read
            float passed = fract(atan(uv.x, uv.y) / TURN + 1.0);
            pixel.a *= band * (passed < form.w ? 1.0 : 0.25);
        }
    }
    if (kind == 5) pixel *= texture(sign_map, uv);
}
