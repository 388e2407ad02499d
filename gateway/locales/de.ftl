# The words of the mails, in German. Every language has the same messages; a test compares them.

greeting = Hallo { $name },
greeting-nobody = Hallo,
button-otherwise = Wenn die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:
link-lasts = Der Link gilt { $duration }.
code-lasts = Der Code gilt { $duration }.
duration-seconds = { $count ->
    [one] eine Sekunde
   *[other] { $count } Sekunden
}
duration-minutes = { $count ->
    [one] eine Minute
   *[other] { $count } Minuten
}
duration-hours = { $count ->
    [one] eine Stunde
   *[other] { $count } Stunden
}
duration-days = { $count ->
    [one] einen Tag
   *[other] { $count } Tage
}
moment = { $day }.{ $month }.{ $year }, { $time } Uhr UTC
fact-device = Gerät
fact-address = IP-Adresse
fact-time = Zeit

verify-email-subject = { $app }: E-Mail-Adresse bestätigen
verify-email-body = Bitte bestätigen Sie, dass diese E-Mail-Adresse Ihnen gehört.
verify-email-button = Adresse bestätigen
verify-email-advice = Das waren nicht Sie? Dann ignorieren Sie diese E-Mail: Ohne diesen Link kann niemand Ihre Adresse verwenden.
verify-email-why = Sie erhalten diese E-Mail, weil diese Adresse bei { $app } angegeben wurde.

reset-password-subject = { $app }: Passwort zurücksetzen
reset-password-body = Mit diesem Link können Sie ein neues Passwort für Ihr Konto festlegen.
reset-password-button = Neues Passwort festlegen
reset-password-advice = Das waren nicht Sie? Dann ignorieren Sie diese E-Mail: Ihr Passwort bleibt, wie es ist. Geben Sie den Link an niemanden weiter.
reset-password-why = Sie erhalten diese E-Mail, weil bei { $app } ein neues Passwort für diese Adresse angefordert wurde.

confirm-email-change-subject = { $app }: neue E-Mail-Adresse bestätigen
confirm-email-change-body = Ihr Konto soll von dieser E-Mail-Adresse auf { $email } umgestellt werden. Bitte bestätigen Sie, dass Sie das möchten.
confirm-email-change-button = Änderung bestätigen
confirm-email-change-advice = Das waren nicht Sie? Dann folgen Sie dem Link nicht, ändern Sie Ihr Passwort und melden Sie alle Geräte ab: Jemand anderes ist in Ihrem Konto angemeldet.
confirm-email-change-why = Sie erhalten diese E-Mail, weil dies die Adresse Ihres Kontos bei { $app } ist.

verify-new-email-subject = { $app }: neue E-Mail-Adresse bestätigen
verify-new-email-body = Ein Konto soll künftig diese E-Mail-Adresse verwenden. Bitte bestätigen Sie, dass sie Ihnen gehört.
verify-new-email-button = Adresse bestätigen
verify-new-email-advice = Das waren nicht Sie? Dann ignorieren Sie diese E-Mail: Ohne diesen Link wird die Adresse nicht geändert.
verify-new-email-why = Sie erhalten diese E-Mail, weil diese Adresse als neue Adresse eines Kontos bei { $app } eingegeben wurde.

delete-account-subject = { $app }: Konto löschen
delete-account-body = Mit diesem Link löschen Sie Ihr Konto und alles, was dazugehört. Das lässt sich nicht rückgängig machen.
delete-account-button = Mein Konto löschen
delete-account-advice = Das waren nicht Sie? Dann folgen Sie dem Link nicht, ändern Sie Ihr Passwort und melden Sie alle Geräte ab: Jemand anderes ist in Ihrem Konto angemeldet.
delete-account-why = Sie erhalten diese E-Mail, weil die Löschung Ihres Kontos bei { $app } angefordert wurde.

magic-link-subject = { $app }: anmelden
magic-link-body = Mit diesem Link melden Sie sich ohne Passwort an.
magic-link-button = Anmelden
magic-link-advice = Das waren nicht Sie? Dann ignorieren Sie diese E-Mail: Ohne diesen Link, der einmal gilt, kommt niemand hinein. Geben Sie ihn an niemanden weiter.
magic-link-why = Sie erhalten diese E-Mail, weil bei { $app } ein Link zur Anmeldung mit dieser Adresse angefordert wurde.

sign-in-code-subject = { $app }: Ihr Code zur Anmeldung
sign-in-code-body = Geben Sie diesen Code dort ein, wo Sie sich anmelden möchten:
sign-in-code-advice = Das waren nicht Sie? Dann ignorieren Sie diese E-Mail und nennen Sie niemandem den Code: Wer Sie danach fragt, will in Ihr Konto.
sign-in-code-why = Sie erhalten diese E-Mail, weil bei { $app } ein Code zur Anmeldung mit dieser Adresse angefordert wurde.

verify-email-code-subject = { $app }: E-Mail-Adresse bestätigen
verify-email-code-body = Geben Sie diesen Code ein, um zu bestätigen, dass diese E-Mail-Adresse Ihnen gehört:
verify-email-code-advice = Das waren nicht Sie? Dann ignorieren Sie diese E-Mail und nennen Sie niemandem den Code: Ohne ihn kann niemand Ihre Adresse verwenden.
verify-email-code-why = Sie erhalten diese E-Mail, weil diese Adresse bei { $app } angegeben wurde.

reset-password-code-subject = { $app }: Passwort zurücksetzen
reset-password-code-body = Mit diesem Code können Sie ein neues Passwort für Ihr Konto festlegen:
reset-password-code-advice = Das waren nicht Sie? Dann ignorieren Sie diese E-Mail und nennen Sie niemandem den Code: Ihr Passwort bleibt, wie es ist.
reset-password-code-why = Sie erhalten diese E-Mail, weil bei { $app } ein neues Passwort für diese Adresse angefordert wurde.

change-email-code-subject = { $app }: neue E-Mail-Adresse bestätigen
change-email-code-body = Ein Konto soll künftig diese E-Mail-Adresse verwenden. Geben Sie diesen Code ein, um zu bestätigen, dass sie Ihnen gehört:
change-email-code-advice = Das waren nicht Sie? Dann ignorieren Sie diese E-Mail und nennen Sie niemandem den Code: Ohne ihn wird die Adresse nicht geändert.
change-email-code-why = Sie erhalten diese E-Mail, weil diese Adresse als neue Adresse eines Kontos bei { $app } eingegeben wurde.

welcome-subject = Willkommen bei { $app }
welcome-body = Ihr Konto ist eingerichtet, und Sie können sich mit dieser E-Mail-Adresse anmelden.
welcome-advice = Das waren nicht Sie? Dann hat jemand versehentlich Ihre Adresse verwendet. Setzen Sie das Passwort des Kontos zurück, um es zu übernehmen, oder ignorieren Sie diese E-Mail.
welcome-why = Sie erhalten diese E-Mail, weil bei { $app } ein Konto mit dieser Adresse angelegt wurde.

new-device-subject = { $app }: Anmeldung auf einem neuen Gerät
new-device-body = Jemand hat sich auf einem bisher nicht verwendeten Gerät bei Ihrem Konto angemeldet.
new-device-advice = Das waren nicht Sie? Dann ändern Sie sofort Ihr Passwort und melden Sie alle Geräte ab.
new-device-why = Sie erhalten diese E-Mail, weil dies die Adresse Ihres Kontos bei { $app } ist.

password-changed-subject = { $app }: Ihr Passwort wurde geändert
password-changed-body = Das Passwort Ihres Kontos wurde geändert.
password-changed-advice = Das waren nicht Sie? Dann setzen Sie sofort Ihr Passwort zurück und melden Sie alle Geräte ab.
password-changed-why = Sie erhalten diese E-Mail, weil dies die Adresse Ihres Kontos bei { $app } ist.

test-subject = { $app }: Test-E-Mail
test-body = Diese E-Mail zeigt, dass { $app } E-Mails verschicken kann. Es ist nichts zu tun.
test-advice = Das waren nicht Sie? Dann hat sich jemand, der { $app } betreibt, bei der Adresse vertippt; ignorieren Sie diese E-Mail.
test-why = Sie erhalten diese E-Mail, weil der Betreiber von { $app } eine Test-E-Mail an diese Adresse geschickt hat.
