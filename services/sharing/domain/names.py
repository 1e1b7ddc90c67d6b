"""What purposes and kinds of information are called, for people who do not speak in codes."""

from collections.abc import Mapping

from services.sharing.domain.tables import Text
from shared.law.codes import Info, Purpose

PURPOSES: Mapping[Purpose, Text] = {
    Purpose.SUPPORT: Text(sv="att planera och ge stöd", en="planning and giving support"),
    Purpose.CARE: Text(sv="vård och behandling", en="care and treatment"),
    Purpose.TRANSITION: Text(sv="byte av skola eller stadium", en="a change of school or stage"),
    Purpose.CONCERN: Text(sv="orosanmälan", en="a report of concern"),
    Purpose.INQUIRY: Text(sv="socialtjänstens utredning", en="an inquiry of social services"),
    Purpose.FEEDBACK: Text(sv="återkoppling på en orosanmälan", en="feedback on a report of concern"),
    Purpose.SIP: Text(sv="samordnad individuell plan (SIP)", en="a coordinated individual plan (SIP)"),
    Purpose.CUSTODY: Text(sv="utredning om vårdnad, boende eller umgänge", en="an inquiry about custody, residence or contact"),
    Purpose.CRIME_PREVENTION: Text(sv="att förebygga brott", en="preventing crime"),
    Purpose.CRIME_INVESTIGATION: Text(sv="att utreda brott", en="investigating crime"),
    Purpose.CONTACT: Text(sv="polisens fråga om kontaktuppgifter", en="a question of the police about contact details"),
    Purpose.CONSULTATION: Text(sv="avidentifierad konsultation", en="a de-identified consultation"),
    Purpose.ACCESS: Text(
        sv="att någon vill se uppgifter om sig eller sitt barn", en="somebody wanting to see data about themselves or their child"
    ),
    Purpose.ABSENCE: Text(sv="uppföljning av frånvaro", en="following up absence"),
    Purpose.TECHNICAL: Text(sv="gemensamt system eller direktåtkomst", en="a shared system or direct access"),
    Purpose.EMERGENCY: Text(sv="fara för liv eller hälsa", en="danger to life or health"),
}

INFOS: Mapping[Info, Text] = {
    Info.BASIC: Text(sv="grunduppgifter", en="basic data"),
    Info.ATTENDANCE: Text(sv="närvaro och frånvaro", en="attendance"),
    Info.PEDAGOGIC: Text(sv="pedagogiska uppgifter", en="pedagogical data"),
    Info.PUPIL_HEALTH: Text(sv="elevhälsans uppgifter", en="pupil-health data"),
    Info.HEALTH: Text(sv="hälsouppgifter", en="health data"),
    Info.SOCIAL: Text(sv="socialtjänstens uppgifter", en="social-services data"),
    Info.RISK: Text(sv="risk och skydd", en="risk and protection"),
    Info.SUSPICION: Text(sv="misstanke om brott", en="suspicion of crime"),
    Info.RELATIVE: Text(sv="uppgifter om närstående", en="data about people close to the child"),
    Info.REPORTER: Text(sv="vem som har anmält", en="who has reported"),
    Info.ADDRESS: Text(sv="adress och vistelseort", en="address and whereabouts"),
    Info.STATUS: Text(sv="om en utredning är öppen", en="whether an inquiry is open"),
    Info.DEIDENTIFIED: Text(sv="avidentifierade uppgifter", en="de-identified data"),
}
