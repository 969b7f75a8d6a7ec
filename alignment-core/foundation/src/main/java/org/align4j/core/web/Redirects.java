package org.align4j.core.web;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.function.Function;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.RunException;

/** Requests that are sent on to where the answers point, as long as those are addresses of http and https. */
public final class Redirects {
    private static final int MOST = 5;

    private final WebClient web;
    private final String setting;

    /**
     * Makes a client that follows.
     *
     * @param setting what the user may check where an answer leads astray, such as the variable with the first address
     */
    public Redirects(WebClient web, String setting) {
        this.web = web;
        this.setting = setting;
    }

    /**
     * Sends a request, and again to each address that the answer names instead.
     *
     * @param request makes the request for an address; what is secret is for addresses of {@linkplain WebClient#isSameOrigin one
     *     origin} only
     * @return the first answer that doesn't redirect; its body is to be closed
     * @throws IOException if there is no answer, or too many redirects
     * @throws RunException if a redirect leads to what is no such address
     */
    public HttpResponse<WebBody> send(URI first, Function<URI, HttpRequest> request) throws IOException {
        URI uri = first;
        for (int hop = 0; hop <= MOST; hop++) {
            HttpResponse<WebBody> response = web.send(request.apply(uri));
            if (response.statusCode() < 300 || response.statusCode() >= 400) {
                return response;
            }
            response.body().close();
            uri = target(uri, response);
        }
        throw new IOException(told(first) + " redirects more than " + MOST + " times");
    }

    /** Returns an address without the secrets in it. */
    private static String told(URI address) {
        return AddressSecrets.ofAddress(address.toString());
    }

    private URI target(URI from, HttpResponse<?> response) throws IOException {
        String location = response.headers()
                .firstValue("Location")
                .orElseThrow(() -> new IOException(told(from) + " redirects to nowhere"));
        try {
            URI target = from.resolve(location);
            if (WebClient.reaches(target)) {
                return target;
            }
        } catch (IllegalArgumentException e) {
            throw new RunException(
                    from + " redirects to \"" + location + "\", which is no address; check " + setting + ".", e);
        }
        throw new RunException(from + " redirects to " + location
                + ", but only addresses of http and https with a host are followed; check " + setting + ".");
    }
}
