"""Languages by a paragraph of each, with the slips of optical recognition, and as files name them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.match.language import CODES, alike, claimed, guess

SAID = {
    "eng": (
        "I don't know what you want from me. It was late and the harbour was dark. Why did they not tell "
        "us that the ship had left? You have to go back, and this time you are going to stay with her."
    ),
    "fre": (
        "Je ne sais pas ce que vous voulez. Il était tard et le port était dans le noir. Pourquoi est-ce "
        "qu'ils ne nous ont pas dit que le bateau est parti ? Mais vous devez rester avec elle, c'est "
        "tout."
    ),
    "ger": (
        "Ich weiß nicht, was du von mir willst. Es war spät, und der Hafen war dunkel. Warum haben sie "
        "uns nicht gesagt, dass das Schiff schon weg ist? Du musst zurück, und dann bleibst du bei ihr, "
        "das ist alles."
    ),
    "spa": (
        "No sé lo que quieres de mí. Era tarde y el puerto estaba a oscuras. ¿Por qué no nos dijeron que "
        "el barco ya se fue? Tienes que volver, pero esta vez te quedas con ella, y eso es todo lo que "
        "hay."
    ),
    "cat": (
        "No sé què vols de mi. Era molt tard i el port estava a les fosques. Per què no ens van dir que "
        "els homes ja no hi són? Has de tornar amb ella, però això és tot el que hi ha, i jo també estic "
        "aquí."
    ),
    "ita": (
        "Non so che cosa vuoi da me. Era tardi e il porto era al buio. Perché non ci hanno detto che la "
        "nave è partita? Devi tornare, ma questa volta rimani con lei, e questo è tutto quello che ho per "
        "te."
    ),
    "por": (
        "Eu não sei o que você quer de mim. Era tarde e o porto estava escuro. Por que eles não nos "
        "disseram que o navio foi embora? Você tem de voltar, mas isso é tudo, e ela está bem com um "
        "amigo seu."
    ),
    "rum": (
        "Nu știu ce vrei de la mine. Era târziu și portul era în întuneric. De ce nu ne-au spus că vasul "
        "a plecat? Trebuie să te întorci, dar asta este tot, și acum ai să stai cu ea când este bine."
    ),
    "dut": (
        "Ik weet niet wat je van mij wilt. Het was laat en de haven was donker. Waarom hebben ze ons niet "
        "gezegd dat het schip al weg is? Je moet terug, maar dit keer blijf je bij haar en dat is het."
    ),
    "swe": (
        "Jag vet inte vad du vill mig. Det var sent och hamnen var mörk. Varför har de inte sagt att "
        "skeppet är borta? Du måste tillbaka, men den här gången är du med henne, och jag vill inte att "
        "vi går från dig."
    ),
    "dan": (
        "Jeg ved ikke, hvad du vil have af mig. Det var sent, og havnen var mørk. Hvorfor har de ikke "
        "sagt noget til os om, at skibet er sejlet? Du må tilbage nu, og efter det bliver du også hos "
        "mig."
    ),
    "nor": (
        "Jeg vet ikke hva du vil meg. Det var sent, og havnen var mørk. Hvorfor har de ikke sagt noe til "
        "oss om at skipet er borte? Du må tilbake nå, og etter det blir du hos meg og ikke hos deg selv."
    ),
    "fin": (
        "En tiedä mitä sinä haluat minusta. Oli myöhä ja satama oli pimeä. Miksi he eivät sanoneet että "
        "laiva on jo lähtenyt? Nyt sinun pitää palata, mutta sitten olet hänen kanssaan niin kuin minä "
        "olen."
    ),
    "ice": (
        "Ég veit ekki hvað þú vilt með mig. Það var seint og höfnin var dimm. Þau sögðu ekkert við mig og "
        "þig um að skipið er farið. En þú ert hér og það var svo að hann og hún eru til."
    ),
    "pol": (
        "Nie wiem, czego ode mnie chcesz. Było już późno i w porcie było ciemno. Dlaczego nie powiedzieli "
        "nam, że statek odpłynął? Musisz wrócić, ale tak jest dla mnie dobrze i to się już nie zmieni, co "
        "ty na to."
    ),
    "cze": (
        "Nevím, co ode mě chceš. Bylo už pozdě a přístav byl ve tmě. Proč nám neřekli, že loď je pryč? "
        "Musíš se vrátit, ale když jsem tady, není to tak, jak jsi to chtěl, protože jsme už ještě pro "
        "něj tady."
    ),
    "slo": (
        "Neviem, čo odo mňa chceš. Bolo už neskoro a prístav bol v tme. Prečo nám nepovedali, že loď je "
        "preč? Musíš sa vrátiť, ale keď som tu, nie je to tak, ako si chcel, pretože sme ešte aj pre teba "
        "tu."
    ),
    "hrv": (
        "Ne znam što želiš od mene. Bilo je kasno i luka je bila u mraku. Zašto nam nisu rekli da je brod "
        "otišao? Moraš se vratiti, ali ovo je sve što sam ja htio, i nije to kako ti kažeš, nego gdje "
        "smo."
    ),
    "slv": (
        "Ne vem, kaj hočeš od mene. Bilo je pozno in pristanišče je bilo v temi. Zakaj nam niso rekli, da "
        "je ladja odšla? Moraš nazaj, ampak to je vse, kar sem jaz hotel, in ni tako, kot si rekel, če bo "
        "kje."
    ),
    "hun": (
        "Nem tudom, mit akarsz tőlem. Már késő volt, és a kikötő sötét volt. Miért nem mondták meg, hogy "
        "a hajó elment? Vissza kell menned, de most itt vagyok, és csak az kell, hogy ez egy jó nap "
        "legyen, ha te is."
    ),
    "tur": (
        "Benden ne istediğini bilmiyorum. Çok geçti ve liman karanlıktı. Bize gemi için neden bir şey "
        "demediler? Geri dönmen var, ama bu sefer sen de o kadar değil, ben seni çok iyi bilirim, evet, "
        "ne daha ne."
    ),
    "ind": (
        "Aku tidak tahu apa yang kau mau dari aku. Itu sudah malam dan pelabuhan gelap. Kenapa mereka "
        "tidak bilang kapal itu akan pergi? Kau harus kembali ke dia, dan ini untuk kita, dengan apa yang "
        "ada di sini."
    ),
    "vie": (
        "Tôi không biết anh muốn gì ở tôi. Lúc đó đã muộn và bến cảng rất tối. Sao họ không nói là con "
        "tàu đã đi? Anh sẽ phải quay lại, và lần này cô ấy có một người của ta, cho nên đó là điều được."
    ),
    "est": (
        "Ma ei tea, mida sa must tahad. Oli hilja ja sadam oli pime. Miks nad ei öelnud, et laev on juba "
        "läinud? Sa pead tagasi minema, aga siis oled sa seal ja ma olen siin, kui see nii on, mis ta ka "
        "ei ole."
    ),
    "gre": "Δεν ξέρω τι θέλεις από μένα. Ήταν αργά και το λιμάνι ήταν σκοτεινό.",
    "rus": (
        "Я не знаю, чего ты от меня хочешь. Было поздно, и в порту было темно. Почему они нам не сказали это?"
    ),
    "ukr": (
        "Я не знаю, чого ти від мене хочеш. Було пізно, і в порту було темно. Чому вони нам не сказали її "
        "ім'я?"
    ),
    "bul": (
        "Не знам какво искаш от мен. Беше късно и пристанището беше тъмно. Защо не ни казаха, че корабът "
        "е тръгнал?"
    ),
    "srp": (
        "Не знам шта желиш од мене. Било је касно и лука је била у мраку. Зашто нам нису рекли да је брод "
        "отишао?"
    ),
    "jpn": "何が欲しいのか分からない。もう遅くて、港は暗かった。どうして言わなかったんだ。",
    "chi": "我不知道你想要什么。已经很晚了，港口很黑。他们为什么不告诉我们船已经走了？",
    "kor": "나한테 뭘 원하는지 모르겠어. 늦은 시간이었고 항구는 어두웠어. 왜 말하지 않았지?",
    "heb": "אני לא יודע מה אתה רוצה ממני. היה מאוחר והנמל היה חשוך.",
    "ara": "لا أعرف ماذا تريد مني. كان الوقت متأخرا والميناء مظلما. إلى أين ذهبت السفينة؟",
    "per": "نمی‌دانم از من چه می‌خواهی. دیر وقت بود و بندر تاریک بود. چرا به ما نگفتند که کشتی رفته؟",
    "tha": "ฉันไม่รู้ว่าคุณต้องการอะไรจากฉัน มันดึกแล้วและท่าเรือก็มืด",
}


@pytest.mark.parametrize("language", SAID)
def test_a_paragraph_tells_its_language(language: str) -> None:
    assert guess([SAID[language]]) == language


def misread(text: str, seed: int) -> str:
    """Give a text as optical recognition spells it: every twentieth letter is another one, or none."""
    luck = random.Random(seed)
    return "".join(
        luck.choice(["l", "rn", "", "o"]) if luck.random() < 0.05 and c.isalpha() else c for c in text
    )


@pytest.mark.parametrize("language", SAID)
def test_slips_of_recognition_change_nothing(language: str) -> None:
    assert guess([misread(SAID[language], seed) for seed in range(3)]) == language


def test_relatives_are_told_apart_by_the_words_that_differ() -> None:
    common = "jeg det ikke er du vi har på med og en til kan bare være " * 3
    assert guess([common, "af mig dig hvad noget"]) == "dan"
    assert guess([common, "av meg deg hva noe"]) == "nor"
    assert guess([common]) is None


@pytest.mark.parametrize(
    "text", ["", "No.", "La la la la la la la la la la la la la la la la la la la la la la la", "1234"]
)
def test_too_little_or_no_language_is_none(text: str) -> None:
    assert guess([text] * 3) is None


def test_a_few_english_words_make_no_english_file() -> None:
    assert guess([SAID["fin"], "the end", SAID["fin"]]) == "fin"


@pytest.mark.parametrize(
    ("stem", "language"),
    [
        ("Show.S01E02.en", "eng"),
        ("Show.S01E02.English", "eng"),
        ("Show S01E02 (German)", "ger"),
        ("Show.S01E02.fr.sdh", "fre"),
        ("Show.S01E02.pt-BR", "por"),
        ("Show.S01E02.it", "ita"),
        ("Show.S01E02.no", "nor"),
        ("Show.S01E02.ms", "ind"),
        ("Show.S01E02.uk", "ukr"),
        ("Show S01E02 Let it be", None),
        ("Show S01E02 I said no", None),
        ("Show - S01E02 - The Polish Affair", None),
        ("Show S01E02 - He is", None),
        ("S01E02", None),
    ],
)
def test_a_name_claims_a_language(stem: str, language: str | None) -> None:
    assert claimed(stem) == language


def test_serbian_is_written_in_two_scripts() -> None:
    assert alike("srp", "hrv")
    assert alike("eng", "eng")
    assert not alike("eng", "srp")
    assert not alike("eng", None)


def test_every_language_has_a_code_of_its_own() -> None:
    assert all(CODES[code] == code for code in SAID)


@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    assert guess([text]) is None or guess([text]) in CODES
    assert claimed(text) is None or claimed(text) in CODES
