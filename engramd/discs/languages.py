"""Language codes: DVD writes ISO 639-1, everything else here is ISO 639-2/B (`eng`, `fre`, `ger`)."""

from __future__ import annotations

# ISO 639-1 to ISO 639-2/B, as the Library of Congress lists them; old codes (iw, in, ji, jw) are on discs.
_TABLE = """
aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul
bh:bih bi:bis bm:bam bn:ben bo:tib br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:cze cu:chu cv:chv
cy:wel da:dan de:ger dv:div dz:dzo ee:ewe el:gre en:eng eo:epo es:spa et:est eu:baq fa:per ff:ful fi:fin
fj:fij fo:fao fr:fre fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv
ht:hat hu:hun hy:arm hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk in:ind io:ido is:ice it:ita iu:iku
iw:heb ja:jpn ji:yid jv:jav jw:jav ka:geo kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau
ks:kas ku:kur kv:kom kw:cor ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg
mh:mah mi:mao mk:mac ml:mal mn:mon mo:rum mr:mar ms:may mt:mlt my:bur na:nau nb:nob nd:nde ne:nep ng:ndo
nl:dut nn:nno no:nor nr:nbl nv:nav ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus
pt:por qu:que rm:roh rn:run ro:rum ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag sh:srp si:sin sk:slo
sl:slv sm:smo sn:sna so:som sq:alb sr:srp ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha
ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven
vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid yo:yor za:zha zh:chi zu:zul
"""
_FROM_TWO = dict(pair.split(":") for pair in _TABLE.split())

# ISO 639-2/T codes that differ from the B codes.
_T_TABLE = """
bod:tib ces:cze cym:wel deu:ger ell:gre eus:baq fas:per fra:fre hye:arm isl:ice kat:geo mkd:mac mri:mao
msa:may mya:bur nld:dut ron:rum slk:slo sqi:alb zho:chi
"""
_FROM_T = dict(pair.split(":") for pair in _T_TABLE.split())


def from_dvd(code: bytes) -> str | None:
    """ISO 639-2/B for the two letters that a DVD names; None if they say nothing known."""
    return _FROM_TWO.get(code.decode("latin-1").lower())


def from_bluray(code: bytes) -> str | None:
    """ISO 639-2/B for the three letters that a Blu-ray names; None for `und`, zeros and garbage."""
    text = code.decode("latin-1").lower()
    if not (text.isascii() and text.isalpha() and len(text) == 3) or text == "und":
        return None
    return _FROM_T.get(text, text)
