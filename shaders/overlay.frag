#version 330 core
uniform sampler2D overlay_map;
uniform float strength;
in vec2 place;
out vec4 pixel;
void main() {
    pixel = texture(overlay_map, place);
    pixel.a *= strength;
}
