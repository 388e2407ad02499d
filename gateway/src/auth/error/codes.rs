//! Every code that the API answers with, its status and its words. `docs/errors.md` tells what each is about.

use http::StatusCode;

use super::Code;

/// Writes each code down once.
macro_rules! codes {
    ($($name:ident, $status:ident, $message:literal;)+) => {
        $(
            #[doc = $message]
            pub(crate) const $name: Code =
                Code { name: stringify!($name), status: StatusCode::$status, message: $message };
        )+

        /// All of them, for the test of the page about them.
        #[cfg(test)]
        pub(super) const CODES: &[Code] = &[$($name),+];
    };
}

codes! {
    UNAUTHORIZED, UNAUTHORIZED, "Unauthorized";
    SESSION_NOT_FRESH, FORBIDDEN, "Session is not fresh";
    INVALID_EMAIL, BAD_REQUEST, "Invalid email";
    INVALID_EMAIL_OR_PASSWORD, UNAUTHORIZED, "Invalid email or password";
    EMAIL_NOT_VERIFIED, FORBIDDEN, "Email not verified";
    EMAIL_PASSWORD_DISABLED, BAD_REQUEST, "Email and password is not enabled";
    EMAIL_PASSWORD_SIGN_UP_DISABLED, BAD_REQUEST, "Email and password sign up is not enabled";
    PASSWORD_TOO_SHORT, BAD_REQUEST, "Password too short";
    PASSWORD_TOO_LONG, BAD_REQUEST, "Password too long";
    PASSWORD_COMPROMISED, BAD_REQUEST, "The password you entered has been compromised. Please choose a different password.";
    INVALID_PASSWORD, BAD_REQUEST, "Invalid password";
    CREDENTIAL_ACCOUNT_NOT_FOUND, BAD_REQUEST, "Credential account not found";
    RESET_PASSWORD_DISABLED, BAD_REQUEST, "Reset password isn't enabled";
    INVALID_TOKEN, BAD_REQUEST, "Invalid token";
    TOKEN_EXPIRED, UNAUTHORIZED, "Token expired";
    USER_NOT_FOUND, BAD_REQUEST, "User not found";
    INVALID_USER, UNAUTHORIZED, "Invalid user";
    EMAIL_MISMATCH, BAD_REQUEST, "Email mismatch";
    EMAIL_ALREADY_VERIFIED, BAD_REQUEST, "Email is already verified";
    CHANGE_EMAIL_DISABLED, BAD_REQUEST, "Change email is disabled";
    USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL, UNPROCESSABLE_ENTITY, "User already exists. Use another email.";
    YOU_CANNOT_BAN_YOURSELF, BAD_REQUEST, "You cannot ban yourself";
    YOU_CANNOT_REMOVE_YOURSELF, BAD_REQUEST, "You cannot remove yourself";
    YOU_CANNOT_IMPERSONATE_ADMINS, FORBIDDEN, "You cannot impersonate admins";
    YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE, FORBIDDEN, "You are not allowed to change users role";
    YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS, FORBIDDEN, "You are not allowed to create users";
    YOU_ARE_NOT_ALLOWED_TO_LIST_USERS, FORBIDDEN, "You are not allowed to list users";
    YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS, FORBIDDEN, "You are not allowed to list users sessions";
    YOU_ARE_NOT_ALLOWED_TO_BAN_USERS, FORBIDDEN, "You are not allowed to ban users";
    YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS, FORBIDDEN, "You are not allowed to impersonate users";
    YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS, FORBIDDEN, "You are not allowed to revoke users sessions";
    YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS, FORBIDDEN, "You are not allowed to delete users";
    YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD, FORBIDDEN, "You are not allowed to set users password";
    YOU_ARE_NOT_ALLOWED_TO_GET_USER, FORBIDDEN, "You are not allowed to get user";
    YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS, FORBIDDEN, "You are not allowed to update users";
    YOU_ARE_NOT_ALLOWED_TO_SET_USERS_EMAIL, FORBIDDEN, "You are not allowed to update users email";
    YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PHONE_NUMBER, FORBIDDEN, "You are not allowed to update users phone number";
    YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE, BAD_REQUEST, "You are not allowed to set a non-existent role value";
    INVALID_ROLE_TYPE, BAD_REQUEST, "Invalid role type";
    NO_DATA_TO_UPDATE, BAD_REQUEST, "No data to update";
    USER_ID_CANNOT_BE_UPDATED, BAD_REQUEST, "User id cannot be updated";
    PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER, BAD_REQUEST,
        "Password cannot be updated through update-user. Use the set-user-password endpoint instead";
    FAILED_TO_CREATE_USER, UNPROCESSABLE_ENTITY, "Failed to create user";
    INVALID_USERNAME_OR_PASSWORD, UNAUTHORIZED, "Invalid username or password";
    USERNAME_IS_ALREADY_TAKEN, BAD_REQUEST, "Username is already taken. Please try another.";
    USERNAME_TOO_SHORT, BAD_REQUEST, "Username is too short";
    USERNAME_TOO_LONG, BAD_REQUEST, "Username is too long";
    INVALID_USERNAME, BAD_REQUEST, "Username is invalid";
    INVALID_DISPLAY_USERNAME, BAD_REQUEST, "Display username is invalid";
    USERNAME_IS_IMMUTABLE, BAD_REQUEST, "Username cannot be updated";
    ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY, BAD_REQUEST, "Anonymous users cannot sign in again anonymously";
    USER_IS_NOT_ANONYMOUS, FORBIDDEN, "User is not anonymous";
    DELETE_ANONYMOUS_USER_DISABLED, BAD_REQUEST, "Deleting anonymous users is disabled";
    INVALID_SESSION_TOKEN, UNAUTHORIZED, "Invalid session token";
    BANNED_USER, FORBIDDEN,
        "You have been banned from this application. Please contact support if you believe this is an error.";
    MISSING_OR_NULL_ORIGIN, FORBIDDEN, "Missing or null Origin";
    INVALID_ORIGIN, FORBIDDEN, "Invalid origin";
    CROSS_SITE_NAVIGATION_LOGIN_BLOCKED, FORBIDDEN,
        "Cross-site navigation login blocked. This request appears to be a CSRF attack.";
    INVALID_CALLBACK_URL, FORBIDDEN, "Invalid callbackURL";
    INVALID_REDIRECT_URL, FORBIDDEN, "Invalid redirectURL";
    INVALID_ERROR_CALLBACK_URL, FORBIDDEN, "Invalid errorCallbackURL";
    INVALID_NEW_USER_CALLBACK_URL, FORBIDDEN, "Invalid newUserCallbackURL";
    INVALID_OTP, BAD_REQUEST, "Invalid OTP";
    OTP_EXPIRED, BAD_REQUEST, "OTP expired";
    TOO_MANY_ATTEMPTS, FORBIDDEN, "Too many attempts";
    SESSION_EXPIRED, BAD_REQUEST, "Session expired. Re-authenticate to perform this action.";
    FAILED_TO_GET_USER_INFO, NOT_FOUND, "Failed to get user info";
    EMAIL_CAN_NOT_BE_UPDATED, BAD_REQUEST, "Email can not be updated";
    FAILED_TO_UNLINK_LAST_ACCOUNT, BAD_REQUEST, "You can't unlink your last account";
    ACCOUNT_NOT_FOUND, BAD_REQUEST, "Account not found";
    PROVIDER_NOT_FOUND, NOT_FOUND, "Provider not found";
    ID_TOKEN_NOT_SUPPORTED, NOT_FOUND, "id_token not supported";
    USER_EMAIL_NOT_FOUND, UNAUTHORIZED, "User email not found";
    SOCIAL_ACCOUNT_ALREADY_LINKED, CONFLICT, "Social account already linked";
    LINKING_NOT_ALLOWED, UNAUTHORIZED, "Account not linked - linking not allowed";
    LINKING_DIFFERENT_EMAILS_NOT_ALLOWED, UNAUTHORIZED, "Account not linked - different emails not allowed";
    FAILED_TO_GET_ACCESS_TOKEN, BAD_REQUEST, "Failed to get a valid access token";
    FAILED_TO_REFRESH_ACCESS_TOKEN, BAD_REQUEST, "Failed to refresh access token";
    REFRESH_TOKEN_NOT_FOUND, BAD_REQUEST, "Refresh token not found";
    ACCESS_TOKEN_NOT_FOUND, BAD_REQUEST, "Access token not found";
    INVALID_LOGOUT_TOKEN, BAD_REQUEST, "Invalid logout token";
    PROVIDER_NOT_CONFIGURED, BAD_REQUEST, "Account is not associated with a configured social provider.";
    METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED, METHOD_NOT_ALLOWED,
        "POST method requires deferSessionRefresh to be enabled in session config";
    PAYLOAD_TOO_LARGE, PAYLOAD_TOO_LARGE, "The request body is too large";
    NOT_FOUND, NOT_FOUND, "Not found";
    SERVICE_UNAVAILABLE, SERVICE_UNAVAILABLE, "The service is busy. Try again in a moment.";
}
