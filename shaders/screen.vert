#version 330 core
// One triangle over the whole target at the far plane; uv runs 0..1 over it, bottom left first.
out vec2 screen_uv;
void main() {
    screen_uv = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    gl_Position = vec4(screen_uv * 2.0 - 1.0, 1.0, 1.0);
}
