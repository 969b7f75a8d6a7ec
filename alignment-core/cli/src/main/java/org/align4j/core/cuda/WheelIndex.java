package org.align4j.core.cuda;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Json;
import org.align4j.core.machine.Natives;
import org.align4j.core.web.Redirects;
import org.align4j.core.web.WebBody;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/** A package index of Python's, as pip knows it: asked for wheels by JSON (PEP 691), or HTML where it has no other. */
public final class WheelIndex {
    /** The variable that names the index, for pip too. */
    public static final String VARIABLE = "PIP_INDEX_URL";

    /** The public index, which pip asks too where nothing else is named. */
    private static final String HOST = "pypi.org";

    private static final String USUAL = "https://" + HOST + "/simple";

    /** Where PyTorch has its builds for other versions of CUDA, and NVIDIA's libraries for them. */
    private static final String PYTORCHS = "https://download.pytorch.org/whl/";

    /** A link of a page as simple indexes have it. */
    private static final Pattern LINK = Pattern.compile("<a\\s[^>]*?href\\s*=\\s*[\"']([^\"']+)[\"']");

    private static final Pattern SHA256 = Pattern.compile("sha256=([0-9a-f]{64})");
    private static final Pattern REQUIREMENT =
            Pattern.compile("(?m)^Requires-Dist: (nvidia-[a-z0-9-]+)\\s*\\(?==([\\w.]+)");

    /** The libraries of a build are somewhat less than that many times as large as its wheels. */
    private static final double UNPACKED = 1.7;

    private static final String LISTINGS = "application/vnd.pypi.simple.v1+json, text/html;q=0.5";
    private static final int LONGEST_LISTING = 64 << 20;

    /** The longest wait for a whole listing, in longest silences. */
    private static final int LISTING_SILENCES = 10;

    private static final Duration SILENCE = Duration.ofSeconds(30);

    private final URI base;
    private final String setting;
    private final @Nullable String authorization;
    private final Redirects listings;
    private final Redirects files;

    /**
     * A file of the index.
     *
     * @param file its name
     * @param address where it lies
     * @param sha256 in hexadecimal digits; empty where the index doesn't say
     * @param size bytes; empty where the index doesn't say
     */
    private record Listed(String file, URI address, Optional<String> sha256, OptionalLong size) {}

    /**
     * Holds the answer of a package index.
     *
     * @param address that it came from, after redirects
     */
    private record Answer(URI address, String text) {}

    private WheelIndex(URI base, String setting, @Nullable String authorization, Duration silence) {
        this.base = base;
        this.setting = setting;
        this.authorization = authorization;
        this.listings = new Redirects(WebClient.within(silence, silence.multipliedBy(LISTING_SILENCES)), setting);
        this.files = new Redirects(WebClient.whileAnswersCome(silence), setting);
    }

    /**
     * Returns the index that is to be asked.
     *
     * @param given the option {@code index}
     * @param environment names another one, where the option doesn't
     * @param cuda decides what is asked where nobody says: Python's public index, which has PyTorch for one version of CUDA, or PyTorch's own
     */
    public static WheelIndex of(Optional<String> given, Map<String, String> environment, String cuda) {
        if (given.isPresent()) {
            return at(given.get(), "index", SILENCE);
        }
        String usual = cuda.equals(WheelLock.CUDA) ? USUAL : PYTORCHS + flavor(cuda);
        return at(environment.getOrDefault(VARIABLE, usual), VARIABLE, SILENCE);
    }

    private static String flavor(String cuda) {
        return "cu" + cuda.replace(".", "");
    }

    static WheelIndex at(String address, String setting, Duration silence) {
        try {
            URI given = URI.create(address.strip());
            if (WebClient.reaches(given)) {
                String user = given.getUserInfo();
                URI bare =
                        new URI(given.getScheme(), null, given.getHost(), given.getPort(), given.getPath(), null, null);
                return new WheelIndex(bare, setting, user == null ? null : basic(user), silence);
            }
        } catch (IllegalArgumentException | java.net.URISyntaxException e) {
            throw new InputException(wrong(setting), e);
        }
        throw new InputException(wrong(setting));
    }

    /** Says no more than that: the address may hold a password. */
    private static String wrong(String setting) {
        return setting + " is no URL of http or https; an index looks like " + USUAL + ".";
    }

    private static String basic(String user) {
        return "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Lists the wheels of a build that no lock file of the program names: PyTorch's for a version of CUDA, and those of NVIDIA that it
     * requires. Their hashes are those that the index names.
     *
     * @throws RunException if the index can't be asked, lacks one of them, or names no hash
     */
    public WheelLock lock(String cuda) {
        String torch =
                Pattern.quote("torch-" + Natives.PYTORCH + "+" + flavor(cuda)) + "-cp\\d+-cp\\d+-\\w*x86_64\\.whl";
        Listed first = newest("torch", torch);
        List<WheelLock.Wheel> wheels = new ArrayList<>(List.of(wheel("torch", Natives.PYTORCH, first)));
        Matcher required = REQUIREMENT.matcher(
                ask(URI.create(first.address() + ".metadata"), "*/*").text());
        while (required.find()) {
            String project = required.group(1);
            String version = required.group(2);
            String name =
                    Pattern.quote(project.replace('-', '_') + "-" + version) + "-py3-none-(?:any|[\\w.]*x86_64)\\.whl";
            wheels.add(wheel(project, version, newest(project, name)));
        }
        long bytes = wheels.stream().mapToLong(WheelLock.Wheel::size).sum();
        return new WheelLock(Natives.PYTORCH, cuda, (long) (UNPACKED * bytes), wheels);
    }

    /** The first by its name of those that match, which all hold the same libraries. */
    private Listed newest(String project, String name) {
        return listed(project).stream()
                .filter(file -> file.file().matches(name))
                .min(Comparator.comparing(Listed::file))
                .orElseThrow(() -> absent(project, name.replaceAll("\\\\[QE]", "")));
    }

    private WheelLock.Wheel wheel(String project, String version, Listed file) {
        String hash = file.sha256()
                .orElseThrow(() -> new RunException(format(
                        "%s names no SHA-256 of %s; name an index that does in %s.",
                        page(project), file.file(), setting)));
        long size = file.size().isPresent() ? file.size().getAsLong() : size(file.address());
        return new WheelLock.Wheel(project, version, file.file(), size, hash);
    }

    /**
     * Finds where a wheel lies.
     *
     * @throws RunException if the index can't be asked or doesn't have it
     */
    URI find(WheelLock.Wheel wheel) {
        return listed(wheel.project()).stream()
                .filter(file -> file.file().equals(wheel.file()))
                .findFirst()
                .orElseThrow(() -> absent(wheel.project(), wheel.file()))
                .address();
    }

    private RunException absent(String project, String file) {
        return new RunException(format("%s has no %s; name an index that has it in %s.", page(project), file, setting));
    }

    private URI page(String project) {
        return URI.create(base.toString().replaceAll("/+$", "") + "/" + project + "/");
    }

    private List<Listed> listed(String project) {
        URI page = page(project);
        Answer answer = ask(page, LISTINGS);
        try {
            return answer.text().stripLeading().startsWith("{") ? inJson(answer) : inHtml(answer);
        } catch (IOException e) {
            throw unasked(page, e);
        }
    }

    private RunException unasked(URI page, IOException why) {
        return new RunException(
                format("%s can't be asked (%s); check the network and %s.", page, FileFailure.reason(why), setting),
                why);
    }

    private Answer ask(URI address, String kinds) {
        try {
            HttpResponse<WebBody> response = listings.send(
                    address, hop -> request(hop).header("Accept", kinds).build());
            try (WebBody body = response.body()) {
                if (response.statusCode() != 200) {
                    throw new RunException(
                            format("%s answers with status %d; check %s.", address, response.statusCode(), setting));
                }
                return new Answer(response.uri(), new String(body.all(LONGEST_LISTING), StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw unasked(address, e);
        }
    }

    private long size(URI wheel) {
        try {
            HttpResponse<WebBody> response = listings.send(
                    wheel,
                    hop -> request(hop).method("HEAD", BodyPublishers.noBody()).build());
            response.body().close();
            return response.headers()
                    .firstValueAsLong("Content-Length")
                    .orElseThrow(() -> new RunException(
                            format("%s doesn't say how large it is; name another index in %s.", wheel, setting)));
        } catch (IOException e) {
            throw unasked(wheel, e);
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

    private HttpRequest.Builder request(URI uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("User-Agent", "align4j");
        if (authorization != null && WebClient.isSameOrigin(uri, base)) {
            request.header("Authorization", authorization);
        }
        return request;
    }

    private static List<Listed> inJson(Answer answer) throws IOException {
        List<Listed> files = new ArrayList<>();
        try {
            for (JsonNode file : Json.read(answer.text()).path("files")) {
                files.add(new Listed(
                        file.path("filename").asText(),
                        answer.address().resolve(file.path("url").asText()),
                        Optional.ofNullable(file.path("hashes").path("sha256").textValue()),
                        file.path("size").isNumber()
                                ? OptionalLong.of(file.path("size").longValue())
                                : OptionalLong.empty()));
            }
        } catch (JsonProcessingException e) {
            throw new IOException("it answers with what is no JSON", e);
        } catch (IllegalArgumentException e) {
            throw new IOException("it names what is no address", e);
        }
        return files;
    }

    /** Names of files are percent-encoded in their addresses, whose fragment is the hash. */
    private static List<Listed> inHtml(Answer answer) throws IOException {
        List<Listed> files = new ArrayList<>();
        Matcher link = LINK.matcher(answer.text());
        try {
            while (link.find()) {
                URI address = answer.address().resolve(link.group(1).replace("&amp;", "&"));
                String path = String.valueOf(address.getPath());
                Matcher hash = SHA256.matcher(String.valueOf(address.getFragment()));
                files.add(new Listed(
                        path.substring(path.lastIndexOf('/') + 1),
                        URI.create(address.toString().replaceFirst("#.*", "")),
                        hash.find() ? Optional.of(hash.group(1)) : Optional.empty(),
                        OptionalLong.empty()));
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("it names what is no address", e);
        }
        return files;
    }

    /** Names the index without its password. */
    @Override
    public String toString() {
        return base.toString();
    }
}
