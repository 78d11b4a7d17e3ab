import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.axonframework.messaging.commandhandling.GenericCommandMessage;
import org.axonframework.messaging.core.Message;
import org.axonframework.messaging.core.MessageType;
import org.axonframework.messaging.core.correlation.MessageOriginProvider;
import org.axonframework.messaging.eventhandling.EventMessage;
import org.axonframework.messaging.eventhandling.GenericEventMessage;

/**
 * Axon 5: a command places an order, what follows from the event reserves stock.
 *
 * The messages, their types and metadata are made by the framework; no Kafka extension of version 5 is
 * published, so this program writes them under the header names of the one of version 4.
 */
public class Make {
    public static class OrderPlaced { public String orderId = "0a1ff1fc-0de2-4c55-8d43-5e29a2f7a001"; }
    public static class StockReserved { public String orderId = "0a1ff1fc-0de2-4c55-8d43-5e29a2f7a001"; }

    private static final MessageOriginProvider PROVIDER = new MessageOriginProvider();
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        Message origin = new GenericCommandMessage(new MessageType("shop", "PlaceOrder", "1.0.0"), "{}");
        EventMessage placed = event("OrderPlaced", new OrderPlaced(), origin);
        Message next = new GenericCommandMessage(new MessageType("shop", "ReserveStock", "1.0.0"), "{}",
                PROVIDER.correlationDataFor(placed));
        EventMessage reserved = event("StockReserved", new StockReserved(), next);
        EventMessage first = new GenericEventMessage(new MessageType("shop", "StockCounted", "1.0.0"), new OrderPlaced());

        List<Object> messages = new ArrayList<>();
        for (EventMessage message : List.of(placed, reserved, first)) {
            messages.add(written(message));
        }
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("made_by", args[0]);
        file.put("ids", Map.of("origin", origin.identifier(), "second", next.identifier()));
        file.put("messages", messages);
        System.out.println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(file));
    }

    private static EventMessage event(String name, Object payload, Message cause) {
        return new GenericEventMessage(new MessageType("shop", name, "1.0.0"), payload, PROVIDER.correlationDataFor(cause));
    }

    private static Map<String, Object> written(EventMessage event) throws Exception {
        Map<String, Object> headers = new LinkedHashMap<>();
        event.metadata().forEach((key, value) -> headers.put("axon-metadata-" + key, value));
        headers.put("axon-message-id", event.identifier());
        headers.put("axon-message-type", event.type().name());
        headers.put("axon-message-revision", event.type().version());
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("topic", "axon-events");
        message.put("key", null);
        message.put("headers", headers);
        message.put("value", JSON.writeValueAsString(event.payload()));
        return message;
    }
}
