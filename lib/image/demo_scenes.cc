#include "lib/image/demo_scenes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kallos::image {
namespace {

struct Light {
  std::vector<Color> sky;  // from the zenith to the horizon
  Color sun;
  Color ground;  // tint of all that is lit
};

Light DrawLight(Stream& random) {
  static const std::vector<Light> kLights = {
      {{{0.16f, 0.36f, 0.70f}, {0.42f, 0.62f, 0.86f}, {0.80f, 0.88f, 0.93f}},
       {1.0f, 0.96f, 0.85f},
       {1.0f, 1.0f, 1.0f}},
      {{{0.20f, 0.25f, 0.48f}, {0.72f, 0.45f, 0.42f}, {0.98f, 0.76f, 0.42f}},
       {1.0f, 0.80f, 0.45f},
       {1.1f, 0.85f, 0.6f}},
      {{{0.10f, 0.12f, 0.30f}, {0.35f, 0.28f, 0.52f}, {0.85f, 0.55f, 0.55f}},
       {1.0f, 0.65f, 0.50f},
       {0.7f, 0.65f, 0.85f}}};
  Light light = kLights[random.Below(kLights.size())];
  for (Color& color : light.sky) color = Jitter(random, color, 0.04);
  return light;
}

void Clouds(Canvas& canvas, Stream& random, double horizon, const Color& color) {
  cv::Mat noise = canvas.Noise(random, 0.5, 5);
  for (int y = 0; y < noise.rows; ++y) {
    const auto fade = static_cast<float>(std::clamp(1.2 - y / (horizon * noise.rows), 0.0, 1.0));
    for (int x = 0; x < noise.cols; ++x) {
      float& value = noise.at<float>(y, x);
      value = std::clamp(value * 1.6f - 0.15f, 0.0f, 1.0f) * fade;
    }
  }
  canvas.Paint(noise, color, 0.7f);
}

Light Sky(Canvas& canvas, Stream& random, const Composition& at) {
  Light light = DrawLight(random);
  canvas.Gradient(light.sky, 0, at.horizon + 0.02);
  Clouds(canvas, random, at.horizon, Mix(light.sun, {1, 1, 1}, 0.4f));
  const cv::Point2d sun = canvas.At(at.subject_x, at.horizon * random.Uniform(0.45, 0.8));
  canvas.Glow(sun, canvas.Unit() * 0.30, light.sun * 0.45f);
  canvas.Paint(canvas.Ellipse(sun, canvas.Unit() * 0.04 * at.subject_size,
                              canvas.Unit() * 0.04 * at.subject_size),
               Mix(light.sun, {1, 1, 1}, 0.6f));
  return light;
}

void Tree(Canvas& canvas, Stream& random, cv::Point2d foot, double size, const Color& leaves) {
  const double trunk = size * 0.05;
  canvas.Paint(canvas.Polygon({{foot.x - trunk, foot.y},
                               {foot.x - trunk * 0.5, foot.y - size * 0.6},
                               {foot.x + trunk * 0.5, foot.y - size * 0.6},
                               {foot.x + trunk, foot.y}}),
               {0.16f, 0.11f, 0.08f});
  for (int i = 0; i < 70; ++i) {
    const cv::Point2d center{foot.x + size * 0.14 * random.TruncatedNormal(),
                             foot.y - size * (0.68 + 0.12 * random.TruncatedNormal())};
    const auto shade = static_cast<float>(0.75 + 0.5 * (foot.y - size * 0.55 - center.y) / size);
    canvas.Paint(canvas.Ellipse(center, size * 0.075, size * 0.06),
                 Jitter(random, leaves * shade, 0.03), 0.85f);
  }
}

void Landscape(Canvas& canvas, Stream& random, const Composition& at) {
  const Light light = Sky(canvas, random, at);
  const Color haze = light.sky.back();
  const Color green = Jitter(random, {0.22f, 0.34f, 0.13f}, 0.06).mul(light.ground);
  const cv::Mat texture = canvas.Noise(random, 0.06, 5);
  for (int layer = 0; layer < 4; ++layer) {
    const double y = at.horizon + 0.02 + (layer - 1) * (1 - at.horizon) * 0.22;
    const auto near = static_cast<float>(layer + 1) / 4;
    canvas.Paint(canvas.Below(random, y, 0.09 - 0.015 * layer, 0.5), Mix(haze * 0.8f, green, near),
                 texture, 0.45f * near);
  }
  Tree(canvas, random, canvas.At(1 - at.subject_x, at.horizon + 0.18),
       canvas.Unit() * 0.42 * at.subject_size, green * 0.8f);
}

void Sea(Canvas& canvas, Stream& random, const Composition& at) {
  const Light light = Sky(canvas, random, at);
  canvas.Gradient({light.sky.back() * 0.8f, Color(0.05f, 0.22f, 0.32f).mul(light.ground),
                   Color(0.02f, 0.10f, 0.18f)},
                  at.horizon, 1);
  for (int i = 0; i < 420; ++i) {  // waves, longer and wider apart towards the viewer
    const double near = std::pow(random.Uniform(), 1.6);
    const double y = at.horizon + 0.006 + near * (1 - at.horizon);
    const double x = random.Uniform(-0.05, 1.05);
    const bool glitter = std::abs(x - at.subject_x) < 0.03 + 0.12 * near * random.Uniform();
    const Color color = glitter ? light.sun : light.sky[1] * 0.75f;
    canvas.Paint(canvas.Ellipse(canvas.At(x, y), canvas.Unit() * (0.012 + 0.06 * near),
                                canvas.Unit() * (0.001 + 0.005 * near)),
                 color, glitter ? 0.7f : 0.25f);
  }
  const double size = canvas.Unit() * 0.16 * at.subject_size;
  const cv::Point2d boat = canvas.At(1 - at.subject_x, at.horizon + 0.04);
  canvas.Paint(canvas.Polygon({{boat.x - size * 0.5, boat.y - size * 0.12},
                               {boat.x + size * 0.5, boat.y - size * 0.12},
                               {boat.x + size * 0.32, boat.y + size * 0.06},
                               {boat.x - size * 0.35, boat.y + size * 0.06}}),
               {0.20f, 0.10f, 0.08f});
  canvas.Paint(canvas.Polygon({{boat.x, boat.y - size * 0.15},
                               {boat.x, boat.y - size * 1.1},
                               {boat.x + size * 0.45, boat.y - size * 0.2}}),
               {0.93f, 0.90f, 0.84f});
}

void House(Canvas& canvas, Stream& random, double left, double right, double top, double bottom,
           double lit_share) {
  const Color wall = Jitter(random, {0.06f, 0.07f, 0.12f}, 0.03);
  canvas.Paint(canvas.Polygon({canvas.At(left, bottom), canvas.At(left, top), canvas.At(right, top),
                               canvas.At(right, bottom)}),
               wall);
  const double step_x = 0.018, step_y = 0.026;
  for (double y = top + step_y; y < bottom - step_y; y += step_y) {
    for (double x = left + step_x * 0.7; x < right - step_x * 0.7; x += step_x) {
      if (random.Uniform() > lit_share) continue;
      const Color window = Jitter(random, {0.98f, 0.80f, 0.45f}, 0.12) *
                           static_cast<float>(random.Uniform(0.5, 1.0));
      canvas.rgb(cv::Rect(canvas.At(x, y), canvas.At(x + step_x * 0.55, y + step_y * 0.5)) &
                 cv::Rect(0, 0, canvas.width(), canvas.height())) =
          cv::Scalar(window[0], window[1], window[2]);
    }
  }
}

void NightCity(Canvas& canvas, Stream& random, const Composition& at) {
  canvas.Gradient({{0.01f, 0.02f, 0.07f}, {0.05f, 0.06f, 0.17f}, {0.38f, 0.22f, 0.30f}}, 0,
                  at.horizon + 0.02);
  for (int i = 0; i < 60; ++i)
    canvas.Glow(canvas.At(random.Uniform(), random.Uniform(0, 0.5)), 0.9, {0.6f, 0.6f, 0.7f});
  for (double x = -0.02; x < 1;) {
    const double wide = random.Uniform(0.05, 0.12);
    House(canvas, random, x, x + wide, at.horizon - random.Uniform(0.08, 0.30), at.horizon, 0.35);
    x += wide * random.Uniform(0.9, 1.15);
  }
  House(canvas, random, at.subject_x - 0.06, at.subject_x + 0.06,
        at.horizon - 0.48 * at.subject_size, at.horizon, 0.55);
  const int horizon = static_cast<int>(
      at.horizon * canvas.height());  // the river mirrors the city, dimmed and rippled
  const cv::Mat ripple = canvas.Noise(random, 0.05, 3);
  for (int y = horizon; y < canvas.height(); ++y) {
    const int mirrored = std::max(0, 2 * horizon - y - 1);
    for (int x = 0; x < canvas.width(); ++x) {
      const int shift = static_cast<int>(6 * ripple.at<float>(y, x / 8));
      canvas.rgb.at<Color>(y, x) =
          canvas.rgb.at<Color>(mirrored, std::clamp(x + shift, 0, canvas.width() - 1)) * 0.6f;
    }
  }
}

void StillLife(Canvas& canvas, Stream& random, const Composition& at) {
  const Color wall = Jitter(random, {0.36f, 0.30f, 0.26f}, 0.10);
  canvas.Gradient({wall * 0.45f, wall}, 0, 1);
  const double table = std::max(at.horizon, 0.55);
  const cv::Mat grain = canvas.Noise(random, 0.04, 4);
  canvas.Paint(canvas.Polygon({canvas.At(-0.01, table), canvas.At(1.01, table),
                               canvas.At(1.01, 1.01), canvas.At(-0.01, 1.01)}),
               Jitter(random, {0.42f, 0.26f, 0.15f}, 0.05), grain, 0.35f);
  canvas.Glow(canvas.At(0.1, 0.1), canvas.Unit() * 0.6, {0.25f, 0.22f, 0.15f});
  canvas.Soften(canvas.Unit() * 0.008);
  static const std::vector<Color> kFruit = {{0.80f, 0.12f, 0.10f},
                                            {0.92f, 0.55f, 0.08f},
                                            {0.55f, 0.70f, 0.15f},
                                            {0.90f, 0.80f, 0.20f},
                                            {0.40f, 0.10f, 0.28f}};
  const int count = 3 + static_cast<int>(random.Below(3));
  for (int i = 0; i < count; ++i) {
    const double radius =
        canvas.Unit() * at.subject_size * (i == 0 ? 0.17 : random.Uniform(0.08, 0.12));
    const double x =
        i == 0 ? at.subject_x : at.subject_x + (0.16 + 0.09 * i) * (at.subject_x < 0.5 ? 1 : -1);
    const cv::Point2d center =
        canvas.At(x, table + 0.12) + cv::Point2d(0, canvas.Unit() * 0.05 - radius * 0.8);
    canvas.Paint(canvas.Ellipse(center + cv::Point2d(radius * 0.4, radius * 0.9), radius * 1.2,
                                radius * 0.25),
                 {0.05f, 0.03f, 0.02f}, 0.55f);
    canvas.PaintBall(center, radius, radius * 0.95,
                     Jitter(random, kFruit[random.Below(kFruit.size())], 0.05), {-0.8, -0.9}, 0.5);
  }
}

void Bokeh(Canvas& canvas, Stream& random, const Color& base, int count) {
  canvas.Gradient({base * 0.7f, base, base * 0.6f}, 0, 1);
  for (int i = 0; i < count; ++i) {
    const double radius = canvas.Unit() * random.Uniform(0.03, 0.10);
    canvas.Paint(canvas.Ellipse(canvas.At(random.Uniform(), random.Uniform()), radius, radius),
                 Jitter(random, base * 1.7f, 0.15), 0.28f);
  }
  canvas.Soften(canvas.Unit() * 0.012);
}

void Portrait(Canvas& canvas, Stream& random, const Composition& at) {
  Bokeh(canvas, random, Jitter(random, {0.30f, 0.32f, 0.28f}, 0.14), 40);
  static const std::vector<Color> kSkin = {
      {0.90f, 0.70f, 0.58f}, {0.76f, 0.55f, 0.42f}, {0.52f, 0.35f, 0.25f}, {0.36f, 0.24f, 0.18f}};
  const Color skin = Jitter(random, kSkin[random.Below(kSkin.size())], 0.03);
  const Color hair = Jitter(random, {0.18f, 0.12f, 0.08f}, 0.08);
  const double size = canvas.Unit() * 0.17 * at.subject_size;
  const cv::Point2d face{at.subject_x * canvas.width(),
                         canvas.height() * (at.horizon > 0.5 ? 0.40 : 0.34)};
  const cv::Point2d light{at.subject_x < 0.5 ? 0.7 : -0.7, -0.5};
  canvas.PaintBall(face + cv::Point2d(0, size * 7.5), size * 2.3, size * 6.1,
                   Jitter(random, {0.28f, 0.30f, 0.42f}, 0.2), light, 0);
  canvas.PaintBall(face + cv::Point2d(0, -size * 0.12), size * 1.12, size * 1.38, hair, light, 0.1);
  canvas.PaintBall(face + cv::Point2d(0, size * 1.0), size * 0.42, size * 0.7, skin * 0.85f, light,
                   0);
  canvas.PaintBall(face + cv::Point2d(0, size * 0.1), size * 0.86, size * 1.14, skin, light, 0.08);
  for (const double side : {-0.34, 0.34}) {
    canvas.Paint(canvas.Ellipse(face + cv::Point2d(side * size, 0), size * 0.15, size * 0.075),
                 {0.95f, 0.95f, 0.93f});
    canvas.Paint(canvas.Ellipse(face + cv::Point2d(side * size, 0), size * 0.07, size * 0.075),
                 {0.10f, 0.07f, 0.05f});
    canvas.Paint(
        canvas.Ellipse(face + cv::Point2d(side * size, -size * 0.19), size * 0.20, size * 0.035),
        hair);
  }
  canvas.Paint(canvas.Ellipse(face + cv::Point2d(0, size * 0.30), size * 0.10, size * 0.13),
               skin * 0.72f, 0.6f);
  canvas.Paint(canvas.Ellipse(face + cv::Point2d(0, size * 0.66), size * 0.27, size * 0.075),
               {0.62f, 0.22f, 0.22f}, 0.85f);
  canvas.Paint(canvas.Ellipse(face + cv::Point2d(0, -size * 0.93), size * 0.78, size * 0.36), hair);
}

void Architecture(Canvas& canvas, Stream& random, const Composition& at) {
  const Light light = DrawLight(random);
  canvas.Gradient(light.sky, 0, 1);
  Clouds(canvas, random, 0.9, {1, 1, 1});
  const Color wall = Jitter(random, {0.70f, 0.64f, 0.55f}, 0.12).mul(light.ground);
  const double edge = at.subject_x;  // two sides of a building that run to two vanishing points
  const double high = 0.10 + 0.12 * (1 / at.subject_size - 1), low = 0.97;
  for (const double end : {-0.05, 1.05}) {
    const bool left = end < 0;
    const double far_high = high + 0.28 * std::abs(end - edge),
                 far_low = low - 0.12 * std::abs(end - edge);
    const auto lerp = [](double a, double b, double share) { return a + (b - a) * share; };
    const auto point = [&](double across, double down) {
      return canvas.At(lerp(edge, end, across),
                       lerp(lerp(high, far_high, across), lerp(low, far_low, across), down));
    };
    canvas.Paint(canvas.Polygon({point(0, 0), point(1, 0), point(1, 1), point(0, 1)}),
                 wall * (left ? 0.62f : 1.0f), canvas.Noise(random, 0.03, 3), 0.10f);
    const int columns = std::max(2, static_cast<int>(std::abs(end - edge) * 12));
    for (int i = 0; i < columns; ++i) {
      for (int j = 0; j < 9; ++j) {
        const double x0 = (i + 0.25) / columns, x1 = (i + 0.75) / columns, y0 = (j + 0.3) / 9.3,
                     y1 = (j + 0.8) / 9.3;
        const Color glass =
            Mix(light.sky[1], {0.10f, 0.14f, 0.20f}, static_cast<float>(random.Uniform(0.2, 0.9)));
        canvas.Paint(canvas.Polygon({point(x0, y0), point(x1, y0), point(x1, y1), point(x0, y1)}),
                     glass * (left ? 0.7f : 1.0f));
      }
    }
  }
  canvas.Paint(
      canvas.Polygon({canvas.At(-0.01, 0.95), canvas.At(edge, 0.975), canvas.At(1.01, 0.95),
                      canvas.At(1.01, 1.01), canvas.At(-0.01, 1.01)}),
      {0.22f, 0.22f, 0.23f});
}

void Forest(Canvas& canvas, Stream& random, const Composition& at) {
  const Color mist = Jitter(random, {0.62f, 0.70f, 0.60f}, 0.08);
  canvas.Gradient({mist * 0.8f, mist, mist * 0.5f}, 0, 1);
  canvas.Glow(canvas.At(at.subject_x, at.horizon * 0.5), canvas.Unit() * 0.4,
              {0.40f, 0.38f, 0.22f});
  const cv::Mat ground = canvas.Noise(random, 0.05, 5);
  const cv::Mat bark = canvas.Noise(random, 0.03, 4);
  for (int layer = 0; layer < 4; ++layer) {
    const float near = static_cast<float>(layer + 1) / 4;
    const double floor = at.horizon + 0.06 * layer;
    canvas.Paint(canvas.Below(random, floor, 0.03, 0.4), Mix(mist, {0.15f, 0.24f, 0.08f}, near),
                 ground, 0.5f * near);
    for (int i = 0; i < 10 - 2 * layer; ++i) {
      double x = random.Uniform();
      if (layer == 3)
        x = i == 0 ? 1 - at.subject_x : random.Uniform() * 0.12 + (at.subject_x < 0.5 ? 0.0 : 0.88);
      const double wide = canvas.Unit() * (0.012 + 0.018 * layer) *
                          (layer == 3 && i == 0 ? at.subject_size * 1.3 : 1);
      const cv::Point2d foot = canvas.At(x, floor + 0.05),
                        top = canvas.At(x + random.Uniform(-0.02, 0.02), -0.02);
      canvas.Paint(canvas.Polygon({foot - cv::Point2d(wide, 0), top - cv::Point2d(wide * 0.7, 0),
                                   top + cv::Point2d(wide * 0.7, 0), foot + cv::Point2d(wide, 0)}),
                   Mix(mist, {0.14f, 0.10f, 0.07f}, near), bark, 0.5f * near);
    }
  }
  for (int i = 0; i < 60; ++i) {
    const double y = random.Uniform(-0.02, 0.22);
    canvas.Paint(canvas.Ellipse(canvas.At(random.Uniform(), y), canvas.Unit() * 0.06,
                                canvas.Unit() * 0.035, random.Uniform(0, 180)),
                 Jitter(random, {0.20f, 0.33f, 0.10f}, 0.10), 0.5f);
  }
}

void Flower(Canvas& canvas, Stream& random, const Composition& at) {
  Bokeh(canvas, random, Jitter(random, {0.16f, 0.30f, 0.12f}, 0.08), 50);
  const double size = canvas.Unit() * 0.27 * at.subject_size;
  const cv::Point2d heart = canvas.At(at.subject_x, 0.30 + 0.25 * at.horizon);
  canvas.Paint(
      canvas.Polygon({heart + cv::Point2d(-size * 0.05, 0), heart + cv::Point2d(size * 0.05, 0),
                      heart + cv::Point2d(size * 0.35, size * 4),
                      heart + cv::Point2d(size * 0.2, size * 4)}),
      {0.18f, 0.36f, 0.10f});
  static const std::vector<Color> kPetals = {{0.90f, 0.25f, 0.45f},
                                             {0.95f, 0.90f, 0.88f},
                                             {0.95f, 0.70f, 0.12f},
                                             {0.55f, 0.30f, 0.75f},
                                             {0.85f, 0.12f, 0.12f}};
  const Color petal = Jitter(random, kPetals[random.Below(kPetals.size())], 0.05);
  const int count = 7 + static_cast<int>(random.Below(8));
  const cv::Mat veins = canvas.Noise(random, 0.02, 3);
  for (const double ring : {1.0, 0.72}) {
    const double offset = random.Uniform(0, 2 * std::numbers::pi);
    for (int i = 0; i < count; ++i) {
      const double angle = offset + 2 * std::numbers::pi * i / count;
      const cv::Point2d center =
          heart + cv::Point2d(std::cos(angle), std::sin(angle)) * (size * 0.55 * ring);
      const auto shade = static_cast<float>((ring < 1 ? 1.0 : 0.78) * random.Uniform(0.85, 1.08));
      canvas.Paint(canvas.Ellipse(center, size * 0.45 * ring, size * 0.19 * ring,
                                  angle * 180 / std::numbers::pi),
                   petal * shade, veins, 0.12f);
    }
  }
  canvas.PaintBall(heart, size * 0.2, size * 0.2, {0.85f, 0.62f, 0.10f}, {-0.6, -0.7}, 0.2);
}

}  // namespace

const std::vector<Scene>& Scenes() {
  static const std::vector<Scene> kScenes = {
      {"landscape", Landscape},  {"sea", Sea},           {"night_city", NightCity},
      {"still_life", StillLife}, {"portrait", Portrait}, {"architecture", Architecture},
      {"forest", Forest},        {"flower", Flower}};
  return kScenes;
}

}  // namespace kallos::image
