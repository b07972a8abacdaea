"""Answers in the shapes that https://developer.themoviedb.org/reference documents, written by hand."""

from __future__ import annotations

from typing import Any

INVALID_KEY = {
    "status_code": 7,
    "status_message": "Invalid API key: You must be granted a valid key.",
    "success": False,
}
OVER_LIMIT = {
    "status_code": 25,
    "status_message": "Your request count (41) is over the allowed limit of (40).",
    "success": False,
}
NOT_FOUND = {
    "status_code": 34,
    "status_message": "The resource you requested could not be found.",
    "success": False,
}
OFFLINE = {
    "status_code": 9,
    "status_message": "Service offline: This service is temporarily offline, try again later.",
    "success": False,
}
KEY_ACCEPTED = {"success": True, "status_code": 1, "status_message": "Success."}


def hits(*results: dict[str, Any]) -> dict[str, Any]:
    return {"page": 1, "results": list(results), "total_pages": 1, "total_results": len(results)}


TV_HIT = {
    "adult": False,
    "backdrop_path": None,
    "genre_ids": [10765, 18],
    "id": 1972,
    "origin_country": ["US"],
    "original_language": "en",
    "original_name": "Battlestar Galactica",
    "overview": "When an old enemy returns",
    "popularity": 66.4,
    "poster_path": "/poster.jpg",
    "first_air_date": "2004-10-18",
    "name": "Battlestar Galactica",
    "vote_average": 8.2,
    "vote_count": 1000,
}
MOVIE_HIT = {
    "adult": False,
    "backdrop_path": None,
    "genre_ids": [28],
    "id": 1972,
    "original_language": "fr",
    "original_title": "Le Film",
    "overview": "",
    "popularity": 1.5,
    "poster_path": None,
    "release_date": "",
    "title": "The Film",
    "video": False,
    "vote_average": 0,
    "vote_count": 0,
}
MULTI = hits(
    {**TV_HIT, "media_type": "tv"},
    {**MOVIE_HIT, "media_type": "movie"},
    {"id": 5, "name": "A Person", "media_type": "person", "known_for": []},
)
TV_DETAILS = {
    "id": 1972,
    "name": "Kampfstern Galactica",
    "original_name": "Battlestar Galactica",
    "original_language": "en",
    "origin_country": ["US"],
    "first_air_date": "2004-10-18",
    "last_air_date": "2009-03-20",
    "number_of_seasons": 4,
    "number_of_episodes": 75,
    "episode_run_time": [45, 60],
    "status": "Ended",
    "seasons": [
        {"air_date": "2003-12-08", "episode_count": 13, "id": 1, "name": "Specials", "season_number": 0},
        {"air_date": "2004-10-18", "episode_count": 13, "id": 2, "name": "Season 1", "season_number": 1},
        {"air_date": "2005-07-15", "episode_count": 20, "id": 3, "name": "Season 2", "season_number": 2},
        {"air_date": "2006-10-06", "episode_count": 20, "id": 4, "name": "Season 3", "season_number": 3},
        {"air_date": None, "episode_count": 20, "id": 5, "name": "Season 4", "season_number": 4},
    ],
    "alternative_titles": {"results": [{"iso_3166_1": "US", "title": "BSG", "type": ""}]},
    "translations": {
        "translations": [
            {
                "iso_3166_1": "DE",
                "iso_639_1": "de",
                "name": "Deutsch",
                "english_name": "German",
                "data": {"name": "Kampfstern Galactica", "overview": "", "homepage": "", "tagline": ""},
            },
            {"iso_3166_1": "US", "iso_639_1": "en", "name": "English", "data": {"name": ""}},
        ]
    },
}
MOVIE_DETAILS = {
    "id": 1972,
    "title": "The Film",
    "original_title": "Le Film",
    "original_language": "fr",
    "origin_country": ["FR"],
    "release_date": "1999-03-31",
    "runtime": 101,
    "status": "Released",
    "alternative_titles": {"titles": [{"iso_3166_1": "DE", "title": "Der Film", "type": ""}]},
    "translations": {
        "translations": [
            {
                "iso_3166_1": "IT",
                "iso_639_1": "it",
                "name": "Italiano",
                "data": {"title": "Il Film", "runtime": 0},
            }
        ]
    },
}
SEASON = {
    "_id": "52",
    "air_date": "2005-07-15",
    "episodes": [
        {
            "air_date": "2005-07-15",
            "episode_number": 1,
            "episode_type": "standard",
            "id": 1,
            "name": "Scattered",
            "overview": "",
            "production_code": "",
            "runtime": 44,
            "season_number": 2,
            "show_id": 1972,
            "crew": [],
            "guest_stars": [],
        },
        {
            "air_date": "2005-07-22",
            "episode_number": 2,
            "id": 2,
            "name": "Valley",
            "runtime": None,
            "season_number": 2,
        },
    ],
    "name": "Season 2",
    "id": 3,
    "season_number": 2,
}
GROUPS = {
    "results": [
        {
            "description": "",
            "episode_count": 26,
            "group_count": 3,
            "id": "5acf93e60e0a26346d0000ce",
            "name": "DVD order",
            "network": None,
            "type": 3,
        }
    ],
    "id": 1972,
}
GROUP = {
    "description": "",
    "episode_count": 2,
    "group_count": 1,
    "id": "5acf93e60e0a26346d0000ce",
    "name": "DVD order",
    "network": None,
    "type": 3,
    "groups": [
        {
            "id": "5acf93efc3a368739a0000a9",
            "name": "Season 1",
            "order": 1,
            "locked": True,
            "episodes": [
                {
                    "air_date": "2005-07-22",
                    "episode_number": 2,
                    "id": 2,
                    "name": "Valley",
                    "season_number": 2,
                    "show_id": 1972,
                    "order": 0,
                },
                {
                    "air_date": None,
                    "episode_number": 1,
                    "id": 1,
                    "name": "Scattered",
                    "season_number": 2,
                    "show_id": 1972,
                    "order": 1,
                },
            ],
        }
    ],
}
