package org.align4j.core.cuda;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Json;
import org.align4j.core.web.Redirects;
import org.align4j.core.web.WebBody;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/** A package index of Python's, as pip knows it: asked for a wheel's address by JSON (PEP 691), or HTML where it has no other. */
public final class WheelIndex {
    /** The variable that names the index, for pip too. */
    public static final String VARIABLE = "PIP_INDEX_URL";

    /** The public index, which pip asks too where nothing else is named. */
    private static final String HOST = "pypi.org";

    private static final String USUAL = "https://" + HOST + "/simple";
    private static final String LISTINGS = "application/vnd.pypi.simple.v1+json, text/html;q=0.5";
    private static final int LONGEST_LISTING = 64 << 20;

    /** The longest wait for a whole listing, in longest silences. */
    private static final int LISTING_SILENCES = 10;

    private static final Duration SILENCE = Duration.ofSeconds(30);

    private final URI base;
    private final @Nullable String authorization;
    private final Redirects listings;
    private final Redirects files;

    private WheelIndex(URI base, @Nullable String authorization, Duration silence) {
        this.base = base;
        this.authorization = authorization;
        this.listings = new Redirects(WebClient.within(silence, silence.multipliedBy(LISTING_SILENCES)), VARIABLE);
        this.files = new Redirects(WebClient.whileAnswersCome(silence), VARIABLE);
    }

    /** Returns the index that the environment names, or Python's public one. */
    public static WheelIndex of(Map<String, String> environment) {
        return at(environment.getOrDefault(VARIABLE, USUAL), SILENCE);
    }

    static WheelIndex at(String address, Duration silence) {
        try {
            URI given = URI.create(address.strip());
            if (WebClient.reaches(given)) {
                String user = given.getUserInfo();
                URI bare =
                        new URI(given.getScheme(), null, given.getHost(), given.getPort(), given.getPath(), null, null);
                return new WheelIndex(bare, user == null ? null : basic(user), silence);
            }
        } catch (IllegalArgumentException | java.net.URISyntaxException e) {
            throw new InputException(wrong(), e);
        }
        throw new InputException(wrong());
    }

    /** Says no more than that: the address may hold a password. */
    private static String wrong() {
        return VARIABLE + " is no URL of http or https; an index looks like " + USUAL + ".";
    }

    private static String basic(String user) {
        return "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Finds where a wheel lies.
     *
     * @throws RunException if the index can't be asked or doesn't have it
     */
    URI find(WheelLock.Wheel wheel) {
        URI page = URI.create(base.toString().replaceAll("/+$", "") + "/" + wheel.project() + "/");
        try {
            HttpResponse<WebBody> response = listings.send(page, this::listing);
            try (WebBody body = response.body()) {
                if (response.statusCode() != 200) {
                    throw new RunException(
                            format("%s answers with status %d; check %s.", page, response.statusCode(), VARIABLE));
                }
                String text = new String(body.all(LONGEST_LISTING), StandardCharsets.UTF_8);
                String address = (text.stripLeading().startsWith("{") ? inJson(text, wheel) : inHtml(text, wheel))
                        .orElseThrow(() -> new RunException(format(
                                "%s has no %s; name an index that has it in %s.", page, wheel.file(), VARIABLE)));
                return response.uri().resolve(address);
            }
        } catch (IOException e) {
            throw new RunException(
                    format("%s can't be asked (%s); check the network and %s.", page, FileFailure.reason(e), VARIABLE),
                    e);
        }
    }

    /** Asks for a wheel's bytes from an offset on. */
    HttpResponse<WebBody> bytes(URI wheel, long offset) throws IOException {
        HttpResponse<WebBody> response = files.send(wheel, hop -> {
            HttpRequest.Builder request = request(hop);
            return (offset > 0 ? request.header("Range", "bytes=" + offset + "-") : request).build();
        });
        if (response.statusCode() != 200 && response.statusCode() != 206) {
            response.body().close();
            throw new IOException("the answer has status " + response.statusCode());
        }
        return response;
    }

    private HttpRequest listing(URI uri) {
        return request(uri).header("Accept", LISTINGS).build();
    }

    private HttpRequest.Builder request(URI uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("User-Agent", "align4j");
        if (authorization != null && WebClient.isSameOrigin(uri, base)) {
            request.header("Authorization", authorization);
        }
        return request;
    }

    private static Optional<String> inJson(String text, WheelLock.Wheel wheel) throws IOException {
        try {
            for (JsonNode file : Json.read(text).path("files")) {
                if (file.path("filename").asText().equals(wheel.file())) {
                    return Optional.of(file.path("url").asText());
                }
            }
            return Optional.empty();
        } catch (JsonProcessingException e) {
            throw new IOException("it answers with what is no JSON", e);
        }
    }

    private static Optional<String> inHtml(String text, WheelLock.Wheel wheel) {
        Matcher link = Pattern.compile("href=[\"']([^\"'#]*/?" + Pattern.quote(wheel.file()) + ")[\"'#]")
                .matcher(text);
        return link.find() ? Optional.of(link.group(1).replace("&amp;", "&")) : Optional.empty();
    }

    /** Names the index without its password. */
    @Override
    public String toString() {
        return base.toString();
    }
}
