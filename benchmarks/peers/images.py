"""MMDetection's test pipeline with its functions on OpenCV and NumPy: load, resize, flip, normalise, pad, format."""
import cv2
import numpy as np

MEAN, STD, DIVISOR = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375]), 32


class make:
    name = "OpenCV and NumPy, MMDetection's steps"

    def __init__(self, kind, settings):
        cv2.setNumThreads(0)
        self.file = f"{settings['data']}/photo_{settings.int('height', 480)}x{settings.int('width', 640)}.jpg"
        self.scale = settings.int("long", 1333), settings.int("short", 800)
        self.flipped, self.tensor = False, None

    def run(self):
        with open(self.file, "rb") as file:
            image = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)
        height, width = image.shape[:2]
        factor = min(self.scale[0] / max(height, width), self.scale[1] / min(height, width))
        image = cv2.resize(image, (int(width * factor + 0.5), int(height * factor + 0.5)), interpolation=cv2.INTER_LINEAR)
        if self.flipped:
            image = np.flip(image, 1)
        self.flipped = not self.flipped
        image = image.copy().astype(np.float32)
        cv2.cvtColor(image, cv2.COLOR_BGR2RGB, image)
        cv2.subtract(image, np.float64(MEAN.reshape(1, -1)), image)
        cv2.multiply(image, 1 / np.float64(STD.reshape(1, -1)), image)
        height, width = image.shape[:2]
        bottom, right = -height % DIVISOR, -width % DIVISOR
        image = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=0)
        self.tensor = np.ascontiguousarray(image.transpose(2, 0, 1))

    def answer(self):
        return float(np.abs(self.tensor, dtype=np.float64).mean())
