# The words of the mails, in English. Every language has the same messages; a test compares them.

greeting = Hello { $name },
greeting-nobody = Hello,
button-otherwise = If the button doesn't work, copy this address into your browser:
link-lasts = The link works for { $duration }.
code-lasts = The code works for { $duration }.
duration-seconds = { $count ->
    [one] one second
   *[other] { $count } seconds
}
duration-minutes = { $count ->
    [one] one minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] one hour
   *[other] { $count } hours
}
duration-days = { $count ->
    [one] one day
   *[other] { $count } days
}
moment = { $year }-{ $month }-{ $day }, { $time } UTC
fact-device = Device
fact-address = IP address
fact-time = Time

verify-email-subject = { $app }: verify your e-mail address
verify-email-body = Please confirm that this is your e-mail address.
verify-email-button = Verify address
verify-email-advice = Wasn't you? Then ignore this mail: nobody can use your address without this link.
verify-email-why = You get this mail because somebody gave this address to { $app }.

reset-password-subject = { $app }: reset your password
reset-password-body = With this link you can set a new password for your account.
reset-password-button = Set a new password
reset-password-advice = Wasn't you? Then ignore this mail: your password stays as it is. Don't pass the link on to anybody.
reset-password-why = You get this mail because somebody asked { $app } for a new password for this address.

confirm-email-change-subject = { $app }: confirm your new e-mail address
confirm-email-change-body = Your account is to move from this e-mail address to { $email }. Please confirm that you want that.
confirm-email-change-button = Confirm the change
confirm-email-change-advice = Wasn't you? Then don't follow the link, change your password and sign out of all devices: somebody else is signed in to your account.
confirm-email-change-why = You get this mail because this is the address of your account at { $app }.

verify-new-email-subject = { $app }: verify your new e-mail address
verify-new-email-body = An account is to use this e-mail address from now on. Please confirm that it is yours.
verify-new-email-button = Verify address
verify-new-email-advice = Wasn't you? Then ignore this mail: without this link the address isn't changed.
verify-new-email-why = You get this mail because somebody entered this address as the new one of an account at { $app }.

delete-account-subject = { $app }: delete your account
delete-account-body = With this link you delete your account and everything in it. That can't be undone.
delete-account-button = Delete my account
delete-account-advice = Wasn't you? Then don't follow the link, change your password and sign out of all devices: somebody else is signed in to your account.
delete-account-why = You get this mail because the deletion of your account at { $app } was asked for.

magic-link-subject = { $app }: sign in
magic-link-body = With this link you sign in, without a password.
magic-link-button = Sign in
magic-link-advice = Wasn't you? Then ignore this mail: nobody gets in without this link, which works once. Don't pass it on to anybody.
magic-link-why = You get this mail because somebody asked { $app } for a link to sign in with this address.

sign-in-code-subject = { $app }: your code to sign in
sign-in-code-body = Type this code where you want to sign in:
sign-in-code-advice = Wasn't you? Then ignore this mail, and tell nobody the code: whoever asks you for it wants to get into your account.
sign-in-code-why = You get this mail because somebody asked { $app } for a code to sign in with this address.

verify-email-code-subject = { $app }: verify your e-mail address
verify-email-code-body = Type this code to confirm that this is your e-mail address:
verify-email-code-advice = Wasn't you? Then ignore this mail, and tell nobody the code: nobody can use your address without it.
verify-email-code-why = You get this mail because somebody gave this address to { $app }.

reset-password-code-subject = { $app }: reset your password
reset-password-code-body = With this code you can set a new password for your account:
reset-password-code-advice = Wasn't you? Then ignore this mail, and tell nobody the code: your password stays as it is.
reset-password-code-why = You get this mail because somebody asked { $app } for a new password for this address.

change-email-code-subject = { $app }: verify your new e-mail address
change-email-code-body = An account is to use this e-mail address from now on. Type this code to confirm that it is yours:
change-email-code-advice = Wasn't you? Then ignore this mail, and tell nobody the code: without it the address isn't changed.
change-email-code-why = You get this mail because somebody entered this address as the new one of an account at { $app }.

welcome-subject = Welcome to { $app }
welcome-body = Your account is ready, and you can sign in with this e-mail address.
welcome-advice = Wasn't you? Then somebody used your address by mistake. Reset the password of the account to take it over, or ignore this mail.
welcome-why = You get this mail because an account with this address was made at { $app }.

new-device-subject = { $app }: sign-in on a new device
new-device-body = Somebody signed in to your account on a device that wasn't used before.
new-device-advice = Wasn't you? Then change your password at once and sign out of all devices.
new-device-why = You get this mail because this is the address of your account at { $app }.

password-changed-subject = { $app }: your password was changed
password-changed-body = The password of your account was changed.
password-changed-advice = Wasn't you? Then reset your password at once and sign out of all devices.
password-changed-why = You get this mail because this is the address of your account at { $app }.

test-subject = { $app }: test mail
test-body = This mail shows that { $app } can send mails. There is nothing to do.
test-advice = Wasn't you? Then somebody who runs { $app } mistyped an address; ignore this mail.
test-why = You get this mail because whoever runs { $app } sent a test mail to this address.
