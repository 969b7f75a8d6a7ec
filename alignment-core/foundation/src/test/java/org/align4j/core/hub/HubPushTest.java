package org.align4j.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.hub.HubPush.Plan;
import org.align4j.core.hub.HubPush.Pushed;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pushes to a hub on this machine that is as strict as the real one: once, again, cut off at each request, and refused. */
class HubPushTest {
    private static final String REPOSITORY = "org/tuned";
    private static final String CARD = PushedCard.marked("---\nlicense: mit\n---\n\n# A model\n");

    @TempDir
    Path folder;

    private final WritableHub hub = new WritableHub();
    private final List<Transfer> heard = new ArrayList<>();

    @BeforeEach
    void write() throws IOException {
        Random random = new Random(3);
        write("model-00001-of-00002.safetensors", 2 * WritableHub.PART + 17, random);
        write("model-00002-of-00002.safetensors", WritableHub.PART, random);
        write("tokenizer.model", 300, random);
        Files.writeString(folder.resolve("README.md"), CARD);
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"}");
        Files.writeString(folder.resolve("empty.safetensors"), "");
    }

    private void write(String name, int size, Random random) throws IOException {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        bytes[0] = 0; // no text
        Files.write(folder.resolve(name), bytes);
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private List<PushedFile> files() throws IOException {
        try (var all = Files.list(folder)) {
            return all.sorted()
                    .map(file -> PushedFile.of(file.getFileName().toString(), file))
                    .toList();
        }
    }

    private HubPush push(String token, boolean offline) {
        ServiceKey key = HubServer.token(token);
        return new HubPush(
                new HubSettings(folder, hub.endpoint(), key, offline, Duration.ZERO, Duration.ofSeconds(20)),
                key,
                REPOSITORY);
    }

    private Pushed push() throws IOException {
        return push(WritableHub.TOKEN, false).push(files(), false, "Push of a test", heard::add);
    }

    private void assertThere() throws IOException {
        for (PushedFile file : files()) {
            assertThat(hub.bytes(REPOSITORY, file.path())).as(file.path()).isEqualTo(Files.readAllBytes(file.file()));
        }
    }

    @Test
    void aRepositoryIsMadeAndHasTheFilesInOneCommit() throws IOException {
        Pushed pushed = push();
        assertThat(pushed.made()).isTrue();
        assertThat(pushed.committed()).isTrue();
        assertThat(pushed.page()).isEqualTo(hub.endpoint() + "/org/tuned");
        assertThere();
        assertThat(hub.files(REPOSITORY)).hasSize(7).contains(".gitattributes");
        assertThat(hub.commits(REPOSITORY)).isOne();
        assertThat(hub.isPrivate(REPOSITORY)).isFalse();
        assertThat(hub.unverified()).isZero();
        long large = 3L * WritableHub.PART + 17 + 300;
        assertThat(heard.get(0)).isEqualTo(new Transfer(REPOSITORY, false, 0, large));
        assertThat(heard.get(heard.size() - 1).done()).isEqualTo(large);
    }

    @Test
    void equalBytesCommitNothing() throws IOException {
        Pushed first = push();
        hub.requests.clear();
        Pushed second = push();
        assertThat(second).isEqualTo(new Pushed(false, false, first.commit(), first.page(), false));
        assertThat(hub.commits(REPOSITORY)).isOne();
        assertThat(hub.requests).hasSize(1).allMatch(request -> request.startsWith("GET "));
    }

    @Test
    void onlyWhatChangedGoes() throws IOException {
        push();
        hub.requests.clear();
        hub.arrived.setLength(0);
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"qwen2\"}");
        Plan plan = push(WritableHub.TOKEN, false).plan(files(), false);
        assertThat(plan.changed()).extracting(PushedFile::path).containsExactly("config.json");
        assertThat(plan.equal()).hasSize(5);
        assertThat(hub.commits(REPOSITORY)).isOne();
        push();
        assertThere();
        assertThat(hub.commits(REPOSITORY)).isEqualTo(2);
        assertThat(hub.requests).noneMatch(request -> request.startsWith("PUT "));
        assertThat(hub.arrived.toString()).doesNotContain("00001-of-00002");
    }

    /** The connection breaks at a request and stays broken; whether the hub did what it asked or not, the next push completes with one commit. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cutOffAtEachRequestTheNextPushCompletes(boolean afterTheWork) throws IOException {
        push();
        int requests = hub.seen();
        assertThat(requests).isGreaterThan(14);
        for (int request = 1; request <= requests; request++) {
            hub.clear();
            hub.breakFrom(request, afterTheWork);
            assertThatThrownBy(this::push)
                    .as("cut off at request %d", request)
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("push again");
            hub.heal();
            Pushed next = push();
            assertThere();
            assertThat(hub.commits(REPOSITORY))
                    .as("cut off at request %d", request)
                    .isOne();
            assertThat(next.committed()).isEqualTo(!(afterTheWork && request == requests));
        }
    }

    /** One connection breaks, and the same push completes: a commit whose answer got lost is found, not made again. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneBrokenConnectionIsGotOver(boolean afterTheWork) throws IOException {
        push();
        int requests = hub.seen();
        for (int request = 1; request <= requests; request++) {
            hub.clear();
            hub.breakOnce(request, afterTheWork);
            assertThat(push().committed()).isTrue();
            assertThere();
            assertThat(hub.commits(REPOSITORY))
                    .as("broken at request %d", request)
                    .isOne();
        }
    }

    @Test
    void whatIsInTheStorageIsNotSentAgain() throws IOException {
        hub.breakFrom(14, false);
        assertThatThrownBy(this::push).isInstanceOf(RunException.class);
        long before =
                hub.requests.stream().filter(each -> each.startsWith("PUT ")).count();
        hub.heal();
        hub.requests.clear();
        push();
        long after =
                hub.requests.stream().filter(each -> each.startsWith("PUT ")).count();
        assertThat(before).isPositive();
        assertThat(after).isLessThan(5);
        assertThere();
    }

    /** The storage refuses a token beside its own signature, so a push that sent it there would fail. */
    @Test
    void theTokenGoesToTheHubAlone() throws IOException {
        push();
        assertThat(hub.requests)
                .filteredOn(each -> each.startsWith("PUT "))
                .hasSize(5)
                .allMatch(each -> each.endsWith(" null"));
        assertThat(hub.arrived.toString()).doesNotContain(WritableHub.TOKEN);
    }

    @Test
    void someoneElsesCommitIsKept() throws IOException {
        push();
        Files.writeString(folder.resolve("config.json"), "{}");
        hub.meanwhile(() -> hub.with(REPOSITORY, false, "notes.md", "mine"));
        hub.breakOnce(3, false); // between the comparison and the commit
        push();
        assertThat(hub.files(REPOSITORY)).contains("notes.md");
        assertThat(hub.commits(REPOSITORY)).isEqualTo(3);
        assertThere();
    }

    /** A commit names the one that was compared with, so what somebody changed since is compared again and not written over. */
    @Test
    void aCardThatSomebodyChangesMeanwhileStays() throws IOException {
        push();
        Files.writeString(folder.resolve("README.md"), PushedCard.marked("# A newer one of ours\n"));
        hub.meanwhile(() -> hub.with(REPOSITORY, false, "README.md", "# Mine\n"));
        hub.breakOnce(4, true); // between the comparison and the commit
        assertThat(push().keptCard()).isTrue();
        assertThat(new String(hub.bytes(REPOSITORY, "README.md"), StandardCharsets.UTF_8))
                .isEqualTo("# Mine\n");
    }

    @Test
    void aCardThatSomebodyChangedStays() throws IOException {
        hub.with(REPOSITORY, false, "README.md", "# Mine\n");
        Pushed pushed = push();
        assertThat(pushed.keptCard()).isTrue();
        assertThat(new String(hub.bytes(REPOSITORY, "README.md"), StandardCharsets.UTF_8))
                .isEqualTo("# Mine\n");
        hub.with(REPOSITORY, false, "README.md", CARD.replace("A model", "My model"));
        assertThat(push().keptCard()).isTrue();
        hub.with(REPOSITORY, false, "README.md", PushedCard.marked("# An older one of ours\n"));
        assertThat(push().keptCard()).isFalse();
        assertThere();
    }

    @Test
    void otherWeightsInTheRepositoryAreRefused() throws IOException {
        hub.with(REPOSITORY, false, "adapter_config.json", "{}").with(REPOSITORY, false, "model.safetensors", "x");
        assertThatThrownBy(this::push)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("org/tuned has adapter_config.json, model.safetensors")
                .hasMessageContaining("push to another name");
        assertThat(hub.files(REPOSITORY)).doesNotContain("config.json");
    }

    @Test
    void whatIsPrivateIsNotPushedWhereOthersSeeIt() throws IOException {
        HubPush pushing = push(WritableHub.TOKEN, false);
        pushing.push(files(), true, "Push of a test", Transfer.UNHEARD);
        assertThat(hub.isPrivate(REPOSITORY)).isTrue();
        hub.clear();
        hub.with(REPOSITORY, false, "notes.md", "mine");
        List<PushedFile> files = files();
        assertThatThrownBy(() -> pushing.push(files, true, "Push of a test", Transfer.UNHEARD))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("everybody can see org/tuned")
                .hasMessageContaining("drop --private");
        assertThat(hub.files(REPOSITORY)).doesNotContain("config.json");
    }

    @Test
    void aFileThatTheRepositoryIgnoresIsNotLeftOutInSilence() {
        hub.with(REPOSITORY, false, ".gitignore", "config.json\n");
        assertThatThrownBy(this::push)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("leaves out config.json by its .gitignore");
    }

    @Test
    void aCardThatTheHubDoesNotUnderstandIsRefusedBeforeAnythingIsUploaded() throws IOException {
        Files.writeString(folder.resolve("README.md"), "---\nlicense: unheard-of\n---\n");
        assertThatThrownBy(this::push)
                .isInstanceOf(RunException.class)
                .hasMessageContaining("take the model card")
                .hasMessageContaining("\"license\" must be one of");
        assertThat(hub.requests).noneMatch(request -> request.startsWith("PUT "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 /revision/ | does not know the token | /settings/tokens | 2",
                "403 /preupload/ | does not let this token take files for org/tuned | write access | 2",
                "404 /preupload/ | has no org/tuned that this token may see | check the name | 2",
                "409 /commit/ | does not commit to org/tuned: it answers with status 409 | push again | 1",
                "412 /commit/ | does not commit to org/tuned: it answers with status 412 | push again | 1",
                "413 /commit/ | takes no more bytes for org/tuned | smaller files | 1",
                "429 /objects/ 0 | has had too many requests | push again in 1 minutes | 1",
                "500 /commit/ | does not commit to org/tuned: it answers with status 500 | push again | 1",
                "503 /preupload/ | does not take files for org/tuned: it answers with status 503 | push again | 1",
                "422 /objects/ | does not take large files: it answers with status 422 | push again | 1",
                "404 /verify | has no org/tuned | check | 2"
            })
    void refusalsAreSentences(String answer, String said, String advice, int code) throws IOException {
        hub.answerWith(answer);
        assertThatThrownBy(this::push)
                .isInstanceOf(code == 2 ? InputException.class : RunException.class)
                .hasMessageContaining(said)
                .hasMessageContaining(advice)
                .hasMessageContaining("the hub says … no")
                .hasMessageNotContaining(WritableHub.TOKEN);
        hub.answerWith("");
        push();
        assertThere();
        assertThat(hub.commits(REPOSITORY)).isOne();
    }

    @Test
    void aWrongTokenAndAForeignNameAreRefused() throws IOException {
        List<PushedFile> files = files();
        assertThatThrownBy(() -> push("hf_other", false).push(files, false, "x", Transfer.UNHEARD))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("does not know the token")
                .hasMessageNotContaining("hf_other");
        ServiceKey key = HubServer.token(WritableHub.TOKEN);
        HubSettings settings =
                new HubSettings(folder, hub.endpoint(), key, false, Duration.ZERO, Duration.ofSeconds(20));
        assertThatThrownBy(
                        () -> new HubPush(settings, key, "strangers/tuned").push(files, false, "x", Transfer.UNHEARD))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("does not let this token make strangers/tuned")
                .hasMessageContaining("under the namespace");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tuned", "org/tuned@v2", "a/b/c", "org/..", "/tmp/x"})
    void whatIsNoNameIsRefused(String name) {
        assertThatThrownBy(() -> HubPush.requireName(name))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("org/name");
    }

    @Test
    void offlineNothingIsAsked() {
        assertThatThrownBy(() -> push(WritableHub.TOKEN, true))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("HF_HUB_OFFLINE is set");
        assertThat(hub.requests).isEmpty();
    }
}
