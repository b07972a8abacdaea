"""The tables by which languages are told apart; codes are ISO 639-2/B."""

from __future__ import annotations

import re

#: Signs of scripts, in the order in which they are looked for.
SCRIPTS = (
    ("jpn", re.compile(r"[\u3040-\u30ff]")),
    ("chi", re.compile(r"[\u4e00-\u9fff]")),
    ("kor", re.compile(r"[\uac00-\ud7af]")),
    ("cyrillic", re.compile(r"[\u0400-\u04ff]")),
    ("heb", re.compile(r"[\u0590-\u05ff]")),
    ("arabic", re.compile(r"[\u0600-\u06ff]")),
    ("gre", re.compile(r"[\u0370-\u03ff]")),
    ("tha", re.compile(r"[\u0e00-\u0e7f]")),
    ("hin", re.compile(r"[\u0900-\u097f]")),
)
#: Letters that one language of a script has and its neighbours lack, or hardly use.
LETTERS = {
    "cyrillic": {"ukr": "іїєґ", "rus": "ыэё", "srp": "јљњћђџ", "bul": "ъ"},
    "arabic": {"per": "پچژگی", "ara": "ةيىأإ"},
}
#: The commonest small words of dialogue.
SMALL_WORDS = {
    "eng": "the and you that what have with this for not are your just was it's i'm don't of is be know",
    "fre": "le les est pas vous une que dans qui nous pour des mais avec ça je c'est il elle sur tout et",
    "ger": "ich und das nicht ist sie du ein wir zu mir auf mit auch der die wie haben dich aber noch",
    "spa": "que no los una por qué está lo pero para con muy esto del eso el y estoy tengo aquí bien las",
    "cat": "que no els una per què està però amb molt això dels és el i estic tinc aquí bé les jo ho hi",
    "ita": "che di non il per sono una mi cosa ma ti questo della con ho è lo hai bene sei qui gli anche",
    "por": "que não uma você isso para com os ele mas eu bem foi ela está um seu muito aqui estou meu",
    "rum": "nu să este că un pentru din și mai am ce cu în asta ai dar sunt fost când unde acum bine",
    "dut": "ik je het een niet dat van wat ze heb maar zijn voor naar met hij geen ben nog goed wij dit",
    "swe": "jag det att inte som är vad och du har för på den vi om mig dig kan här bara men till från",
    "dan": "jeg det ikke at er du vi har på af mig dig hvad noget nu med og en til kan bare være også",
    "nor": "jeg det ikke at er du vi har på av meg deg hva noe nå med og en til kan bare være også",
    "fin": "ei että on se hän minä sinä ja mutta mitä niin olen kun olet en voi jos nyt ole tämä oli sitten",
    "ice": "ég það ekki að er þú við hvað og mig þig en ekkert hann hún um til með þetta var svo",
    "pol": "nie się to że na jest co jak ale mnie tak dla czy mi już jestem ty będzie tego w z i",
    "cze": "je to že se na co jsem jsi si jak ale ne tak není už mě by když já pro jste být jsme ještě",
    "slo": "je to že sa na čo som si ako ale nie tak už ma by keď ja pre ste byť sme ešte aj ťa mi",
    "hrv": "je da se što na ne nije to sam si ali kako u za bih ovo ja smo ste ti mi šta nego samo",
    "slv": "je da se kaj na ne ni to sem si ampak kako v za bi ja smo ste ti mi kar samo zakaj bo če",
    "hun": "a az nem hogy és egy is ez mit vagyok csak van ha meg de most itt jó kell te én ki mi igen",
    "tur": "bir bu ne ve için ben sen değil var mı ama çok evet hayır beni seni şey daha o kadar gibi",
    "ind": "yang tidak aku kau ini itu dan di ke apa kita dengan akan untuk dia ada bisa dari saya kamu",
    "vie": "không là tôi anh có và cô của ta được cậu cho này đó một người đã thì sẽ em ở con gì",
    "est": "ei on ma see ja et sa ta mis kui oli aga siis seda nii olen mida ole kas mind siin selle",
}
#: What decides between two close relatives: words that the one has and the other writes otherwise.
RELATIVES = {
    ("dan", "nor"): (
        "af mig dig sig hvad noget nu efter op ud bliver også mine mand sige hvor",
        "av meg deg seg hva noe nå etter opp ut blir mann si skulle",
    ),
    ("cze", "slo"): (
        "jsem jsi se co jak když není být jsme ještě mě protože ne ten děkuji jste",
        "som sa čo ako keď nie byť sme ešte ma pretože aj ten ďakujem ste ťa",
    ),
    ("hrv", "slv"): (
        "sam što šta nije ali u gdje ovo bih hvala gde",
        "sem kaj ni ampak v kje bi hvala če zakaj bo",
    ),
    ("spa", "cat"): (
        "los por está pero con muy esto el y las del",
        "els per amb però molt això és i dels què hi",
    ),
    ("spa", "por"): (
        "los una está pero muy el y las del lo es",
        "não uma você isso os ele eu um seu muito é",
    ),
    ("swe", "dan"): (
        "jag inte är och vad för mig från att",
        "jeg ikke er og hvad af noget at",
    ),
    ("swe", "nor"): (
        "jag inte är och vad för mig från att",
        "jeg ikke er og hva av noe",
    ),
    ("fin", "est"): (
        "että hän minä sinä mutta mitä niin olen kun olet",
        "et ma sa ta aga mis kui siis seda nii",
    ),
}
#: What files call the languages, besides the code itself.
NAMES = {
    "eng": "en english",
    "fre": "fr fra french francais français",
    "ger": "de deu german deutsch",
    "spa": "es spanish espanol español",
    "cat": "ca catalan",
    "ita": "it italian italiano",
    "por": "pt portuguese portugues português pob ptbr",
    "rum": "ro ron romanian",
    "dut": "nl nld dutch",
    "swe": "sv swedish",
    "dan": "da danish dansk",
    "nor": "no nb nob nn nno norwegian norsk",
    "fin": "fi finnish",
    "ice": "is isl icelandic",
    "pol": "pl polish",
    "cze": "cs ces czech",
    "slo": "sk slk slovak",
    "hrv": "hr bs bos croatian bosnian",
    "srp": "sr scc serbian",
    "slv": "sl slovenian",
    "hun": "hu hungarian",
    "tur": "tr turkish",
    "ind": "id ms may msa indonesian malay",
    "vie": "vi vietnamese",
    "est": "et estonian",
    "jpn": "ja japanese",
    "chi": "zh zho chs cht chinese",
    "kor": "ko korean",
    "heb": "he hebrew",
    "ara": "ar arabic",
    "per": "fa fas farsi persian",
    "gre": "el ell greek",
    "tha": "th thai",
    "hin": "hi hindi",
    "rus": "ru russian",
    "ukr": "uk ukrainian",
    "bul": "bg bulgarian",
}
#: Of these names, the ones that are words of titles too.
WORDS_TOO = (
    "bs ca cat chi chinese da dan danish de dutch el english es est et fa fin french german greek he "
    "hebrew hi hr ice id is it italian japanese korean la may ms no per polish pt rum russian sk sl slo "
    "spanish swedish thai turkish uk "
)
