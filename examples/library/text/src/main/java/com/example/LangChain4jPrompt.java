package com.example;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.text.ChatTemplate;
import org.align4j.core.text.Message;

/** Writes messages of LangChain4j as the text that a model on this machine goes on with. */
public final class LangChain4jPrompt {
    private LangChain4jPrompt() {}

    /** Takes the folder of a model: {@code LangChain4jPrompt data/demo/model}. */
    public static void main(String[] arguments) {
        ChatTemplate template = ChatTemplate.of(Path.of(arguments[0]));
        List<ChatMessage> chat = List.of(SystemMessage.from("Be brief."), UserMessage.from("Where is the kite?"));
        System.out.print(
                template.render(chat.stream().map(LangChain4jPrompt::turn).toList(), null));
    }

    static Message turn(ChatMessage message) {
        return switch (message.type()) {
            case SYSTEM -> Message.of("system", ((SystemMessage) message).text());
            case USER -> Message.of("user", ((UserMessage) message).singleText());
            case AI -> Message.of("assistant", ((AiMessage) message).text());
            default -> throw new IllegalArgumentException("no turn of text: " + message);
        };
    }
}
