package com.example;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.text.ChatTemplate;
import org.align4j.core.text.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.Prompt;

/** Writes a prompt of Spring AI as the text that a model on this machine goes on with. */
public final class SpringAiPrompt {
    private SpringAiPrompt() {}

    /** Takes the folder of a model: {@code SpringAiPrompt data/demo/model}. */
    public static void main(String[] arguments) {
        ChatTemplate template = ChatTemplate.of(Path.of(arguments[0]));
        Prompt prompt = new Prompt(new SystemMessage("Be brief."), new UserMessage("Where is the kite?"));
        System.out.print(template.render(turns(prompt), null));
    }

    static List<Message> turns(Prompt prompt) {
        return prompt.getInstructions().stream()
                .map(turn -> Message.of(turn.getMessageType().getValue(), turn.getText()))
                .toList();
    }
}
