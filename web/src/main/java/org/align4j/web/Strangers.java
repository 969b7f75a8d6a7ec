package org.align4j.web;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes pages and names of other people from the server's own: a page that a browser loaded elsewhere may not reach a server on loopback by a
 * name that was turned to it (DNS rebinding) or by a form (CSRF).
 *
 * @param listens the address that the server was asked to listen on
 * @param port that it listens on
 * @param allowed names, with or without a port, that a proxy calls it by
 */
record Strangers(InetAddress listens, int port, Set<String> allowed) {
    private static final int HTTP_PORT = 80;

    static Strangers to(InetAddress listens, int port, List<String> allowed) {
        return new Strangers(
                listens,
                port,
                Set.copyOf(allowed.stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .toList()));
    }

    /** Refuses a request whose host isn't this server's, or that a page of another origin sent. */
    void check(@Nullable String host, @Nullable String origin, @Nullable String site, boolean navigates) {
        if (host == null || !isOurs(host)) {
            throw new Refusal(
                    403,
                    "The request's Host isn't an address of this server; use the address that align serve prints, or start it with --allow-host NAME.");
        }
        if (origin != null && !isOwnOrigin(origin)) {
            throw new Refusal(
                    403,
                    "The request was sent by a page of another origin; open the server's own page, or start it with --allow-host NAME.");
        }
        if (origin == null && site != null && !navigates && (site.equals("cross-site") || site.equals("same-site"))) {
            throw new Refusal(403, "The request was sent by a page of another site; open the server's own page.");
        }
    }

    private boolean isOwnOrigin(String origin) {
        try {
            URI uri = new URI(origin);
            String authority = uri.getRawAuthority();
            boolean plain = "http".equals(uri.getScheme());
            boolean own = authority != null && (isAllowed(authority) || (plain && isOurs(authority)));
            return own && (plain || "https".equals(uri.getScheme()));
        } catch (URISyntaxException unreadable) {
            return false;
        }
    }

    private boolean isAllowed(String authority) {
        String lower = authority.toLowerCase(Locale.ROOT);
        return allowed.contains(lower) || allowed.contains(name(lower));
    }

    private boolean isOurs(String authority) {
        if (isAllowed(authority)) {
            return true;
        }
        String name = name(authority.toLowerCase(Locale.ROOT));
        if (port(authority) != port) {
            return false;
        }
        return name.equals("localhost")
                ? listens.isLoopbackAddress() || listens.isAnyLocalAddress()
                : isOurAddress(name);
    }

    /** Names can be turned to any machine by who owns them; an address that is written in digits can't. */
    private boolean isOurAddress(String name) {
        String digits = name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
        if (!digits.matches("[0-9.]+") && !digits.contains(":")) {
            return false;
        }
        try {
            InetAddress address = InetAddress.getByName(digits);
            if (listens.isLoopbackAddress()) {
                return address.isLoopbackAddress();
            }
            return address.equals(listens)
                    || (listens.isAnyLocalAddress()
                            && (address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null));
        } catch (UnknownHostException | SocketException unreadable) {
            return false;
        }
    }

    private static String name(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    }

    private static int port(String authority) {
        int colon = authority.lastIndexOf(':');
        if (colon <= authority.lastIndexOf(']')) {
            return HTTP_PORT;
        }
        String digits = authority.substring(colon + 1);
        return digits.matches("\\d{1,5}") ? Integer.parseInt(digits) : -1;
    }
}
