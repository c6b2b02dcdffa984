"""Makes speech whose vowels are known: python3 synthesise.py TEXTS OUT. See README.md."""
import json, random, re, subprocess, sys, zlib
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from math import exp, log
from pathlib import Path

# Festival's voice, the language of what it reads (Finnish and Catalan voices read what comes closest), and the encoding it takes.
FESTIVAL = {
    'kal': ('kal_diphone', 'en', 'latin-1'), 'ked': ('ked_diphone', 'en', 'latin-1'),
    'lp': ('lp_diphone', 'it', 'latin-1'), 'pc': ('pc_diphone', 'it', 'latin-1'),
    'ona': ('upc_ca_ona_hts', 'es', 'latin-1'), 'nsh': ('msu_ru_nsh_clunits', 'ru', 'utf8'),
    'dita': ('czech_dita', 'cs', 'iso8859-2'), 'krb': ('czech_krb', 'cs', 'iso8859-2'),
    'machac': ('czech_machac', 'cs', 'iso8859-2'), 'ph': ('czech_ph', 'cs', 'iso8859-2'),
    'mv': ('hy_fi_mv_diphone', 'it', 'latin-1'), 'lj': ('suo_fi_lj_diphone', 'it', 'latin-1'),
}
FINNISH_DIPHTHONGS = {'ai', 'ei', 'oi', 'ui', 'yi', 'au', 'eu', 'iu', 'ou', 'ie', 'uo', 'y7', '7i', 'ay'}
ESPEAK = ['en-us', 'en-gb'] * 3 + ['de', 'es', 'fr', 'it', 'nl', 'cs', 'pl', 'sv', 'bg']
VARIANTS = 'm1 m2 m4 m5 m7 f1 f2 f3 f5 Andy Annie belinda ed grandma iven klatt2 linda michael steph Diogo victor Alicia'.split()
IPA_VOWELS = set('aeiouyøœɛɔɑɒæəɐɜɪʊʌɨʉɵɚɝᵻʏɤ')
EACH, WITH_ESPEAK = 560, 1800


@lru_cache
def sentences(folder, language):
    """What characters say in the scripts of fillets-ng, without digits, ellipses and markup."""
    said = set()
    # Scripts name each line by what it is in English.
    call = r'dialogId\("[^"]+",\s*"[^"]*",\s*' if language == 'en' else r'dialogStr\('
    for file in sorted(Path(folder).glob(f'**/dialogs_{language}.lua')):
        said.update(re.findall(call + r'"((?:[^"\\]|\\.)*)"\)', file.read_text('utf8', 'replace')))
    return sorted(t for t in said if 22 < len(t) < 130 and not re.search(r'\d|\.\.\.|[\\{}<>*_/"]', t))


def with_festival(name, texts, out):
    voice, language, encoding = FESTIVAL[name]
    rng = random.Random(zlib.crc32(name.encode()))
    said = sentences(texts, language)
    script = [f'(voice_{voice})', '(define (dump u file) (let ((f (fopen file "w"))) (mapcar (lambda (s) (format f "%s %s %f\\n" (item.name s)'
              ' (item.feat s "ph_vc") (item.feat s "end"))) (utt.relation.items u \'Segment)) (fclose f)))']
    for i, text in enumerate(rng.sample(said, min(EACH, len(said)))):
        stretch = exp(rng.uniform(log(0.6), log(1.55)))
        script.append(f'(Parameter.set \'Duration_Stretch {stretch:.3f})\n(unwind-protect (begin (set! u (utt.synth (Utterance Text "{text}")))'
                      f' (dump u "{out}/{name}-{i}.phones") (utt.save.wave u "{out}/{name}-{i}.wav")))')
    (out / f'{name}.scm').write_text('\n'.join(script), encoding, 'replace')
    subprocess.run(['festival', '-b', str(out / f'{name}.scm')], capture_output=True, check=False)
    for phones in out.glob(f'{name}-*.phones'):
        if phones.with_suffix('.wav').exists():
            phones.with_suffix('.json').write_text(json.dumps({'voice': name, 'vowels': vowels_of(phones, name in ('mv', 'lj'))}))


def vowels_of(phones, finnish):
    """Beginning and end of each vowel, in seconds."""
    found, begin, before = [], 0, ''
    for line in phones.read_text('latin-1').splitlines():
        name, vowel, end = line.rsplit(' ', 2)
        if vowel == '+' and finnish and before + name[:1] in FINNISH_DIPHTHONGS:
            found[-1][1], before = float(end), ''
        elif vowel == '+':
            found.append([begin, float(end)])
            before = name[:1]
        else:
            before = ''
        begin = float(end)
    return found


def with_espeak(texts, out):
    """Of these only how many vowels there are is known."""
    rng = random.Random(4)
    for i in range(WITH_ESPEAK):
        language, variant, speed = rng.choice(ESPEAK), rng.choice(VARIANTS), rng.randint(110, 260)
        text = rng.choice(sentences(texts, language[:2]))
        subprocess.run(['espeak-ng', '-v', f'{language}+{variant}', '-s', str(speed), '-w', f'{out}/espeak-{i}.wav', text], capture_output=True, check=True)
        ipa = subprocess.run(['espeak-ng', '-v', language, '-q', '--ipa', text], capture_output=True, text=True, check=True).stdout
        count, before = 0, False
        for sign in re.sub('[ːˑ]', '', ipa):
            syllabic = sign == '\u0329'
            vowel = sign in IPA_VOWELS
            count += syllabic or (vowel and not before)
            before = vowel
        (out / f'espeak-{i}.json').write_text(json.dumps({'voice': f'espeak+{variant}', 'count': count}))


if __name__ == '__main__':
    texts, out = sys.argv[1], Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as both:
        jobs = [both.submit(with_festival, name, texts, out) for name in FESTIVAL] + [both.submit(with_espeak, texts, out)]
        for job in jobs:
            job.result()
    print(len(list(out.glob('*.json'))), 'utterances')
