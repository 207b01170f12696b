"""English word lists of the keyword models: what is never a keyword, or never worth one alone.

All lists are lower case and were written for this project. They describe spoken English: fillers and meeting talk
weigh more than in lists made for news text.
"""

from __future__ import annotations

__all__ = [
    "ANNOTATIONS",
    "BREAKING_MODIFIERS",
    "CALENDAR",
    "FILLERS",
    "GENERIC_NOUNS",
    "NUMBER_WORDS",
    "ROLE_WORDS",
    "SHORT_WORDS",
    "STOP_WORDS",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS = _words(
    """
    a about above across actually after afterwards again against ago ain all allow almost alone along already also
    although always am among amongst an and another any anybody anyhow anymore anyone anything anyway anyways anywhere
    apart are aren around as aside at away back basically be became because become becomes been before beforehand
    behind being below beside besides between beyond both but by ca can cannot cant certainly clearly come comes
    could couldn course d definitely despite did didn do does doesn doing don done down due during each either else
    elsewhere enough especially essentially etc even ever every everybody everyone everything everywhere exactly
    except fairly far few fewer finally first firstly followed following for forth from further furthermore
    generally get gets getting give given gives go goes going gone gonna got gotta gotten had hadn half happens hardly
    has hasn have haven having he hello hence her here hereby hers herself hey hi him himself his hopefully how howbeit
    however i ie if im in inasmuch indeed inside instead into inward is isn it its itself just keep keeps kept
    know known knows last lately later latter least less lest let lets like likely little ll look looking looks lot
    lots m made mainly make makes making many may maybe me mean means meanwhile merely might mightn mine more moreover
    most mostly much must mustn my myself n namely near nearly necessary need needn neither never nevertheless next no
    nobody non none nonetheless nor normally not nothing notwithstanding now nowhere o obviously of off often oh ok
    okay on once one ones only onto or other others otherwise ought our ours ourselves out outside over overall own
    particularly per perhaps please plus possibly presumably previously probably quite rather re really regarding
    regardless respectively right s said same saw say saying says second secondly see seeing seem seemed seeming seems
    seen self selves several shall shan she should shouldn since so some somebody somehow someone something sometime
    sometimes somewhat somewhere soon sort still such sure t take taken takes taking tell tend than thank thanks thanx
    that the their theirs them themselves then thence there thereafter thereby therefore therein thereof they thing
    things think thinking third this thorough thoroughly those though through throughout thru thus till to together
    too took toward towards truly twice u under underneath unfortunately unless unlike until unto up upon us use used
    useful uses using usually ve very via w wanna want wanted wants was wasn way we well went were weren what whatever
    when whence whenever where whereafter whereas whereby wherein wherever whether which whichever while who whoever
    whole whom whomever whose why will willing wish with within without won would wouldn yeah yep yes yet you your
    yours yourself yourselves n't 's 're 've 'd 'll 'm na ta em 'em gon
    """
)
"""Function words, clitics and the verbs of ordinary talk. They break a phrase and are never part of one."""

FILLERS = _words(
    """
    ah aha ahem alright anyhoo argh aw aww aye bah bingo blah boo bye
    dude duh eh er erm ew gee golly
    goodbye goodness gosh grunt ha hah hallelujah haha heck hm hmm hmmm ho hooray howdy huh huhuh
    jeez m-hmm mhm mm mm-hmm mmhmm mmm mouth nah
    nay nope nuh ooh oops ooo ouch ow pardon phew pff please right-o shh
    sorry tch tsk uh uh-huh uh-oh uhhuh uhuh uhm um umm
    unquote vocalsound voila wa whoa whoop whoops whew wow ya yah yay yea yeah-yeah
    yep yessir yo yup zoinks dammit damn hurrah okey okey-dokey okey-doke mkay kay m'kay nonvocalsound
    disfmarker goodnight
    bless congrats congratulations
    """
)
"""Sounds, greetings, swearing and what transcribers write in brackets. They break a phrase."""

GENERIC_NOUNS = _words(
    """
    thing things stuff lot lots kind kinds sort sorts way ways bit bits people person persons guy guys man men woman
    women folk folks one ones everybody something anything nothing point points fact facts case cases example
    examples instance part parts side sides place places time times moment moments minute minutes second seconds hour
    hours day days week weeks month months year years today tomorrow yesterday tonight nowadays end start beginning
    middle top bottom rest half couple bunch number numbers amount amounts piece pieces series set sets pair level
    sense reason reasons question questions answer answers word words sentence phrase idea ideas thought thoughts
    opinion view mind matter matters deal issue issues problem problems situation situations respect regard regards
    basis manner form forms type types item items object element elements aspect aspects area areas line lines name
    names note notes difference differences result results change changes turn chance luck guess try hand hands head
    heads eye eyes face foot feet gentleman gentlemen lady ladies sir madam mister mr mrs ms miss dr gent
    colleague colleagues friend friends mate mates everyone somebody nobody anybody self other others whole none
    total lack mean means use need needs want wish hope look looks feel feeling feelings talk show shows go goes get
    let put run work works stop check mention comment comments remark remarks sake shape step steps stage terms term
    context direction effect effects purpose purposes role roles detail details information info piece
    possibility possibilities opportunity opportunities ability option options choice choices difficulty
    gist sorta life page pages picture pictures
    corner spot edge front back middle right inch inches degree degrees
    percent percentage dozen hundred thousand million billion trillion zero
    addition order favour favor trouble course behalf regardless plenty majority lots thanks
    thank kid kids gal gals buddy fun joke idiot anyone topic topics subject subjects
    fun little fellow member members thirds
    future past present attempt effort efforts approach
    evening night nights morning mornings afternoon noon midnight nay chap chaps bloke blokes
    """
)
"""Nouns that say nothing alone. They may stand inside a phrase ("question time"), but never head one."""

BREAKING_MODIFIERS = _words(
    """
    able actual additional alternative available aware bad best better big bigger biggest bizarre bright brief bunch
    busy careful certain clear close common complete completely confident confused correct current dear decent
    different difficult double easier easiest easy entire equal essential exact excellent exciting extra fair familiar
    famous fantastic favorite favourite few final fine former free fresh full fun funny general glad good greater
    greatest grateful happy hard harder hardest helpful huge hundred ideal immediate important impossible initial
    interested interesting involved key large larger largest last late later latest least left less little long longer
    longest low lower lowest lovely lucky main major many massive maximum mere minimum minor more most multiple much
    necessary new newer newest next nice nicer normal numerous obvious odd old older oldest one only open opposite
    ordinary original other overall own particular perfect personal plain pleased poor possible potential precise
    present pretty previous primary prior proper quick quicker random rare ready real reasonable recent regular relevant
    respective responsible right rough sad safe same scary second secondary separate serious several sheer short
    shorter significant silly similar simple simpler simplest single slight slow small smaller smallest so-called sole
    sorry special specific standard strange strong stronger stupid such sufficient suitable sure surprised terrible
    thankful third thorough tiny top total tough tricky true typical ugly unable unclear unique unusual useful usual
    valid various vast very weird well whole wide willing wonderful worried worse worst worth worthwhile wrong young
    younger youngest basic cool great super awesome fabulous incredible amazing brilliant high higher highest half
    """
)
"""Adjectives of degree, order and praise: "new product" is worth no more than "product". They break a phrase."""

CALENDAR = _words(
    """
    monday mondays tuesday tuesdays wednesday wednesdays thursday thursdays friday fridays saturday saturdays sunday
    sundays mon tue tues wed thu thur thurs fri sat sun weekday weekdays weekend weekends january february march april
    june july august september october november december jan feb apr jun jul aug sep sept oct nov dec spring autumn
    fall winter christmas easter week month year decade decades century centuries o'clock am pm a.m. p.m. gmt utc
    """
)
"""Days, months and clock words."""

NUMBER_WORDS = _words(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million
    millions billion billions trillion dozen dozens first second third fourth fifth sixth seventh eighth ninth tenth
    once twice half quarter minus plus point percent per-cent oh twenties thirties forties fifties sixties seventies
    eighties nineties nought
    """
)
"""Numbers written out: alone they mark no topic."""

ROLE_WORDS = _words(
    """
    speaker spk voice person participant user guest host cohost co-host moderator interviewer interviewee presenter
    narrator announcer lecturer teacher student tutor professor prof doctor doc postdoc phd grad undergrad graduate
    chair chairman chairwoman chairperson acting deputy president vice secretary treasurer clerk minister member mp ms
    am md ceo cto cfo coo vp director manager project product industrial designer design engineer engineering
    marketing sales finance expert interface ui ux developer analyst assistant coordinator lead leader team head
    customer client agent caller operator audience panelist panel witness judge counsel attorney patient nurse
    honourable honorable hon right rt mr mrs miss sir madam dame lord lady dr rev father fr the of and for a an
    unknown unidentified other male female man woman boy girl child mother kid question answer q interpreter
    translator reporter editor producer author editor-in-chief channel mic microphone track room group staff admin
    support bot system default me you i him her
    """
)
"""Words of a speaker label that name a role, a title or a track, not somebody: they may still be keywords."""

ANNOTATIONS = _words(
    """
    applause background beep blank breath breathing breathes cheering cheers chuckle chuckles chuckling clears cough
    coughs coughing cross-talk crosstalk cross talk disfmarker exhale exhales foreign gap gasp gasps groan groans
    inaudible
    indiscernible indistinct inhale inhales language laugh laughing laughs laughter mic music noise nonvocalsound
    pause phonetic playing ph radio sigh sighs silence sniff sniffs speaking spelling static swallow talk throat
    unclear unintelligible unknown upbeat vocalsound whisper whispering whispers audio video ends begins cuts off
    """
)
"""What transcribers write in round brackets about the sound; a bracket of nothing but these is skipped."""

SHORT_WORDS = _words("3d ai ar bt db dj dna eu gp hr id ip ml os pc pr tv uk un ui ux vr")
"""Words under three letters that may be keywords in lower-case text."""
