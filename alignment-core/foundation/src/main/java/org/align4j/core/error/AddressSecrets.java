package org.align4j.core.error;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of texts what may be secret in addresses: users with their passwords, and the values of a query. Whatever is printed, kept in
 * a run or shown in a page goes through it, since people give keys in addresses and pass on logs and runs.
 */
public final class AddressSecrets {
    private static final String MARK = "…";
    private static final String SCHEME = "[A-Za-z][A-Za-z0-9+.-]*://";

    /** An address in a text; where another follows behind a comma, that is one of its own. */
    private static final Pattern ADDRESS = Pattern.compile(SCHEME + "(?:(?!," + SCHEME + ")[^\\s\"<>])+");

    /** A user with a password before a host, without a scheme. */
    private static final Pattern USER = Pattern.compile("(?<![\\w./-])[\\w.+-]+:[^\\s/@\"'\\\\:…]+@(?=[\\w\\[-])");

    private static final Pattern PARAMETER = Pattern.compile("(?<=[?&#])([^=&#?]*)=([^&#]*)");
    private static final Pattern PUNCTUATION = Pattern.compile("[,.;:)\\]}']*$");
    private static final Pattern SECRET_NAME =
            Pattern.compile("key|token|secret|pass|pwd|pw$|auth|sig|cred|code|session|jwt|bearer|access|cookie|sas");
    private static final Set<String> PLAIN_NAMES =
            Set.of("model", "version", "api-version", "api_version", "deployment");
    private static final Pattern PLAIN_VALUE =
            Pattern.compile("(?:(?:[A-Za-z]{1,16}|v?[0-9]{1,8})(?:[-_.:](?=[A-Za-z0-9])|$)){0,5}");

    private AddressSecrets() {}

    /** Returns the text with a mark in the place of each user and password and of each value that may be secret. */
    public static String removed(String text) {
        if (!text.contains("://") && text.indexOf('@') < 0) {
            return text;
        }
        String known = ADDRESS.matcher(text).replaceAll(found -> Matcher.quoteReplacement(ofAddress(found.group())));
        return USER.matcher(known).replaceAll(MARK + "@");
    }

    /** Returns a text that is one address, or was meant to be, without what may be secret in it. */
    public static String ofAddress(String address) {
        int user = endOfUser(address);
        String rest = user < 0
                ? address
                : address.substring(0, Math.max(0, address.indexOf("://") + 3)) + MARK + address.substring(user);
        return PARAMETER
                .matcher(rest)
                .replaceAll(found -> Matcher.quoteReplacement(shown(found.group(1), found.group(2))));
    }

    /**
     * Returns what came from an address without the values of its query that may be secret, which answers of servers repeat ("Cannot POST
     * /score?key=…").
     */
    public static String removedFrom(String answer, String address) {
        String text = answer;
        Matcher parameters = PARAMETER.matcher(address);
        while (parameters.find()) {
            if (mayBe(parameters.group(1), parameters.group(2))) {
                text = text.replace(parameters.group(2), MARK).replace(decoded(parameters.group(2)), MARK);
            }
        }
        return text;
    }

    /** Returns whether an address names a user, with a password or without. */
    public static boolean hasUser(String address) {
        return endOfUser(address) >= 0;
    }

    /** Returns the first parameter of an address's query whose value may be secret; null where there is none. */
    public static @Nullable String parameter(String address) {
        Matcher parameters = PARAMETER.matcher(address);
        while (parameters.find()) {
            if (mayBe(parameters.group(1), parameters.group(2))) {
                return parameters.group(1);
            }
        }
        return null;
    }

    private static String shown(String name, String value) {
        Matcher end = PUNCTUATION.matcher(value);
        String bare = end.find() ? value.substring(0, end.start()) : value;
        return name + "=" + (mayBe(name, bare) ? MARK + value.substring(bare.length()) : value);
    }

    /** A value is shown where its parameter is known to be none, or where it is words and numbers that no key is made of. */
    private static boolean mayBe(String given, String value) {
        String name = decoded(given).toLowerCase(Locale.ROOT);
        if (value.isEmpty() || PLAIN_NAMES.contains(name)) {
            return false;
        }
        return SECRET_NAME.matcher(name).find() || !PLAIN_VALUE.matcher(value).matches();
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException odd) {
            return "key"; // who writes it so has something to hide
        }
    }

    /** Where the user ends, at the last sign that may stand before the host: a password may hold one too. -1 for none. */
    private static int endOfUser(String address) {
        try {
            URI uri = new URI(address);
            if (uri.getHost() != null && uri.getRawUserInfo() == null) {
                return -1;
            }
        } catch (URISyntaxException noAddress) {
            // A password may hold what no address does.
        }
        int at = address.lastIndexOf('@');
        return at < 0 ? address.lastIndexOf("%40") : at; // written for the sign by who means to be careful
    }
}
