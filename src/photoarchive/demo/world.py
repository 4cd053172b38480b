"""What the synthetic catalog is made of: places, cameras, words. Data only."""

from __future__ import annotations

import msgspec


class Camera(msgspec.Struct, frozen=True):
    """A camera of the story: what it writes and when it was in use."""

    make: str
    model: str
    prefix: str                     # of its file names
    extension: str                  # of its pictures
    raw: str                        # ending of its RAW files, "" if it writes none
    size: tuple[int, int]           # pixels, landscape
    lenses: tuple[str, ...]
    years: tuple[int, int]


class Town(msgspec.Struct, frozen=True):
    """Where an event happens: name, country, degrees north and east, minutes east of UTC."""

    name: str
    country: str
    lat: float
    lon: float
    offset: int


CAMERAS = (
    Camera("Canon", "PowerShot A520", "IMG_", ".JPG", "", (2272, 1704), ("",), (2005, 2009)),
    Camera("NIKON CORPORATION", "NIKON D70", "DSC_", ".JPG", ".NEF", (3008, 2000),
           ("AF-S DX Zoom-Nikkor 18-70mm f/3.5-4.5G", "AF Nikkor 50mm f/1.8D"), (2005, 2011)),
    Camera("Canon", "EOS 5D Mark II", "IMG_", ".JPG", ".CR2", (5616, 3744),
           ("EF24-105mm f/4L IS USM", "EF50mm f/1.4 USM", "EF70-200mm f/2.8L IS II USM"), (2009, 2016)),
    Camera("Apple", "iPhone 4S", "IMG_", ".JPG", "", (3264, 2448),
           ("iPhone 4S back camera 4.28mm f/2.4",), (2011, 2015)),
    Camera("FUJIFILM", "X-T3", "DSCF", ".JPG", ".RAF", (6240, 4160),
           ("XF18-55mmF2.8-4 R LM OIS", "XF35mmF1.4 R", "XF55-200mmF3.5-4.8 R LM OIS"), (2018, 2024)),
    Camera("SONY", "ILCE-7RM4", "DSC", ".JPG", ".ARW", (9504, 6336),
           ("FE 24-70mm F2.8 GM", "FE 85mm F1.8", "FE 100-400mm F4.5-5.6 GM OSS"), (2019, 2025)),
    Camera("Apple", "iPhone 8", "IMG_", ".HEIC", "", (4032, 3024),
           ("iPhone 8 back camera 3.99mm f/1.8",), (2016, 2020)),
    Camera("Apple", "iPhone 13 Pro", "IMG_", ".HEIC", "", (4032, 3024),
           ("iPhone 13 Pro back triple camera 5.7mm f/1.5",
            "iPhone 13 Pro back triple camera 1.57mm f/1.8"), (2021, 2025)),
    Camera("Google", "Pixel 7", "PXL_", ".jpg", "", (4080, 3072), ("Pixel 7 back camera 6.81mm f/1.85",), (2022, 2025)),
    Camera("DJI", "FC3582", "DJI_", ".JPG", ".DNG", (4032, 3024), ("",), (2021, 2025)),
)

TOWNS = (
    Town("Reine", "Norway", 67.932, 13.089, 120), Town("Tromsø", "Norway", 69.649, 18.956, 120),
    Town("Kyoto", "Japan", 35.011, 135.768, 540), Town("Tokyo", "Japan", 35.690, 139.692, 540),
    Town("Reykjavík", "Iceland", 64.147, -21.942, 0), Town("Vík", "Iceland", 63.419, -19.006, 0),
    Town("Lisbon", "Portugal", 38.722, -9.139, 60), Town("Porto", "Portugal", 41.158, -8.629, 60),
    Town("Rome", "Italy", 41.903, 12.496, 120), Town("Cortina", "Italy", 46.538, 12.136, 120),
    Town("Zermatt", "Switzerland", 46.021, 7.749, 120), Town("Vienna", "Austria", 48.208, 16.373, 120),
    Town("Berlin", "Germany", 52.520, 13.405, 120), Town("Hamburg", "Germany", 53.551, 9.994, 120),
    Town("Paris", "France", 48.857, 2.352, 120), Town("Chamonix", "France", 45.924, 6.870, 120),
    Town("London", "United Kingdom", 51.507, -0.128, 60), Town("Portree", "United Kingdom", 57.413, -6.194, 60),
    Town("Marrakesh", "Morocco", 31.630, -7.981, 60), Town("Cape Town", "South Africa", -33.925, 18.424, 120),
    Town("Windhoek", "Namibia", -22.560, 17.066, 120), Town("Nairobi", "Kenya", -1.292, 36.822, 180),
    Town("New York", "United States", 40.713, -74.006, -240), Town("Moab", "United States", 38.573, -109.550, -360),
    Town("San Francisco", "United States", 37.775, -122.419, -420), Town("Banff", "Canada", 51.178, -115.571, -360),
    Town("Cusco", "Peru", -13.532, -71.967, -300), Town("El Chaltén", "Argentina", -49.331, -72.886, -180),
    Town("Ushuaia", "Argentina", -54.802, -68.303, -180), Town("Queenstown", "New Zealand", -45.031, 168.663, 720),
    Town("Sydney", "Australia", -33.869, 151.209, 600), Town("Hanoi", "Vietnam", 21.028, 105.834, 420),
    Town("Leh", "India", 34.153, 77.577, 330), Town("Jaipur", "India", 26.912, 75.787, 330),
    Town("Istanbul", "Türkiye", 41.008, 28.978, 180), Town("Suva", "Fiji", -18.141, 178.442, 720),
)

OCCASIONS = (
    "Holiday", "Hiking", "Family", "Birthday", "Wedding", "Winter", "Road trip", "Weekend", "Garden", "Sunday walk",
    "Concert", "Harbour", "Old town", "Markets", "Snow", "Beach", "Christmas", "Friends", "Workshop", "Night sky",
)

KEYWORDS = (
    "Nature", "Nature|Mountains", "Nature|Sea", "Nature|Forest", "Nature|Birds", "Nature|Flowers", "Nature|Sky",
    "People", "People|Family", "People|Friends", "People|Portrait", "City", "City|Architecture", "City|Streets",
    "City|Night", "Travel", "Travel|Trains", "Travel|Boats", "Food", "Music", "Sport", "Sport|Climbing", "Sport|Skiing",
    "Animals", "Animals|Dogs", "Animals|Cats", "Macro", "Long exposure", "Panorama", "Black and white", "Sunset",
    "Sunrise", "Fog", "Rain", "Snow", "Autumn", "Spring", "Aurora", "Waterfall", "To print", "Portfolio", "Best of",
)
