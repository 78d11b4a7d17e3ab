import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.axonframework.commandhandling.CommandBus;
import org.axonframework.commandhandling.GenericCommandMessage;
import org.axonframework.commandhandling.SimpleCommandBus;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.extensions.kafka.eventhandling.DefaultKafkaMessageConverter;
import org.axonframework.messaging.correlation.MessageOriginProvider;
import org.axonframework.messaging.interceptors.CorrelationDataInterceptor;
import org.axonframework.messaging.unitofwork.DefaultUnitOfWork;
import org.axonframework.serialization.json.JacksonSerializer;

/** Axon 4: a command places an order, what follows from the event reserves stock; both events go to Kafka. */
public class Make {
    record PlaceOrder(String orderId) {}
    record ReserveStock(String orderId) {}
    public static class OrderPlaced { public String orderId; }
    public static class StockReserved { public String orderId; }

    private static final String ORDER = "0a1ff1fc-0de2-4c55-8d43-5e29a2f7a001";
    private static final String STOCK = "0a1ff1fc-0de2-4c55-8d43-5e29a2f7a002";
    private static final List<EventMessage<?>> published = new ArrayList<>();

    public static void main(String[] args) throws Exception {
        CommandBus bus = SimpleCommandBus.builder().build();
        bus.registerHandlerInterceptor(new CorrelationDataInterceptor<>(new MessageOriginProvider()));
        bus.subscribe(PlaceOrder.class.getName(), command -> publish("Order", ORDER, 0L, placed()));
        bus.subscribe(ReserveStock.class.getName(), command -> publish("Stock", STOCK, 7L, reserved()));

        GenericCommandMessage<?> origin = new GenericCommandMessage<>(new PlaceOrder(ORDER));
        bus.dispatch(origin);
        DefaultUnitOfWork<EventMessage<?>> handling = DefaultUnitOfWork.startAndGet(published.get(0));
        handling.registerCorrelationDataProvider(new MessageOriginProvider());
        GenericCommandMessage<?> next = handling
                .executeWithResult(() -> new GenericCommandMessage<>(new ReserveStock(ORDER)))
                .getPayload();
        bus.dispatch(next);

        Map<String, Object> file = new LinkedHashMap<>();
        file.put("made_by", args[0]);
        file.put("ids", Map.of("origin", origin.getIdentifier(), "second", next.getIdentifier()));
        file.put("messages", published.stream().map(Make::message).toList());
        System.out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(file));
    }

    private static Object publish(String type, String id, long sequence, Object event) {
        DomainEventMessage<?> message = new GenericDomainEventMessage<>(type, id, sequence, event);
        published.add(message);
        return null;
    }

    private static Object placed() {
        OrderPlaced event = new OrderPlaced();
        event.orderId = ORDER;
        return event;
    }

    private static Object reserved() {
        StockReserved event = new StockReserved();
        event.orderId = ORDER;
        return event;
    }

    private static Map<String, Object> message(EventMessage<?> event) {
        ProducerRecord<String, byte[]> record = DefaultKafkaMessageConverter.builder()
                .serializer(JacksonSerializer.defaultSerializer())
                .build()
                .createKafkaMessage(event, "axon-events");
        Map<String, Object> headers = new LinkedHashMap<>();
        record.headers().forEach(header -> {
            if (header.value() != null) {
                headers.put(header.key(), text(header.value()));
            }
        });
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("topic", record.topic());
        message.put("key", record.key());
        message.put("headers", headers);
        message.put("value", new String(record.value(), StandardCharsets.UTF_8));
        return message;
    }

    private static Object text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        boolean isText = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes) && text.indexOf('\0') < 0;
        return isText ? text : Map.of("base64", Base64.getEncoder().encodeToString(bytes));
    }
}
