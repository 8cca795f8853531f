# frozen_string_literal: true

# The variables of a frame and the arguments of a call, as the text of their events.
#
# Used by Recorder. Asks bindings by the unbound originals, so a program that redefines these
# methods is not called.
require_relative "core"
require_relative "text"

module CodeTracer
  module Pure
    class Locals
      VARIABLES = Core.take(Binding, :local_variables)
      GET = Core.take(Binding, :local_variable_get)
      NAMELESS = { rest: "*", keyrest: "**", block: "&" }.freeze
      STARS = %i[* ** &].freeze # the names of parameters without one, since 3.2
      SETTER = /=\z/.freeze
      GIVEN_COUNT_MAX = 16 # more than setters are given
      FIRST = Core.take(Array, :first)
      UNKNOWN = "not captured: an argument without a name"

      def initialize(trace, values)
        @trace, @values = trace, values
        @filter = values.filter
        @value_heads, @argument_heads = {}, {}
      end

      # `self`, then all that the event's binding sees, innermost scope first; made once more if a
      # secret was learnt meanwhile. hot
      def all(tracepoint)
        count = @filter.learnt_count
        text = all_once(tracepoint)
        @filter.learnt_count == count ? text : all_once(tracepoint)
      end

      # `self` alone.
      def own(tracepoint)
        head = @value_heads[:self] || value_head(:self)
        +"#{head}#{anew { @values.encode_apart(tracepoint.self) }}}}"
      end

      # `self` and the parameters of a :call event.
      def arguments(tracepoint)
        anew { arguments_once(tracepoint) }
      end

      def self_argument(tracepoint)
        +argument_head(:self)[1..-1] << anew { @values.encode_self(tracepoint.self) } << "}"
      end

      private

      # What the block answers: the second time, if it has learnt a secret, which may stand in it.
      def anew
        count = @filter.learnt_count
        text = yield
        @filter.learnt_count == count ? text : yield
      end

      # hot
      def all_once(tracepoint)
        head = @value_heads[:self] || value_head(:self)
        text = +"#{head}#{@values.encode_self(tracepoint.self)}}}"
        heads = @filter.policy.heads
        binding = tracepoint.binding
        names = VARIABLES.bind_call(binding)
        index = 0
        while index < names.size
          name = names[index]
          head = heads.get(name)
          value = GET.bind_call(binding, name)
          if head
            text << head << @values.encode(value) << "}}"
          else
            text << judged(name, value)
          end
          index += 1
        end
        text
      end

      def arguments_once(tracepoint)
        binding = tracepoint.binding
        learn_given(tracepoint, binding) if SETTER.match?(tracepoint.method_id)
        text = self_argument(tracepoint)
        tracepoint.parameters.each_with_index do |(kind, name), index|
          next if kind == :nokey || (name.nil? && kind == :key)

          text << argument(binding, kind, name, index)
        end
        text
      end

      # A variable that is new here, or that a filter keeps out.
      def judged(name, value)
        action = @filter.policy.local(name)
        return left_out(value) if action == ValueFilter::DROP

        head = @value_heads[name] || value_head(name)
        @filter.policy.heads.put(name, head) if action == ValueFilter::ALLOW
        "#{head}#{encode(value, action)}}}"
      end

      def encode(value, action)
        return @values.encode(value) if action == ValueFilter::ALLOW

        @values.encode_hidden(value, action)
      end

      def argument(binding, kind, name, index)
        if name.nil? || STARS.include?(name)
          head = argument_head((NAMELESS[kind] || "(#{index + 1})").to_sym)
          return "#{head}#{@values.encode_error('Absent', UNKNOWN)}}"
        end
        value = GET.bind_call(binding, name)
        action = @filter.policy.local(name)
        return left_out(value) if action == ValueFilter::DROP

        "#{argument_head(name)}#{encode(value, action)}}"
      end

      # What `password=` is given, or `[]=` under a secret's name.
      def learn_given(tracepoint, binding)
        names = tracepoint.parameters.map { |_, name| name }.compact - STARS
        values = names.flat_map { |name| elements(GET.bind_call(binding, name)) }
        values = FIRST.bind_call(values, GIVEN_COUNT_MAX)
        is_secret = tracepoint.method_id == :[]= ? @filter.key(values.shift) != ValueFilter::ALLOW
                                                 : @filter.setter?(tracepoint.method_id)
        values.each { |value| @filter.learn(value) } if is_secret
      end

      # Of an Array, which a splat may have gathered.
      def elements(value)
        return [value] unless Core::INSTANCE_OF.bind_call(Array, value)

        FIRST.bind_call(value, GIVEN_COUNT_MAX)
      end

      def left_out(value)
        @filter.learn(value)
        ""
      end

      def value_head(name)
        id = @trace.name_id(Text.escape(name.to_s))
        @value_heads[name] = ",\n{\"Value\":{\"variable_id\":#{Text.decimal(id)},\"value\":"
      end

      def argument_head(name)
        @argument_heads[name] ||=
          ",{\"variable_id\":#{Text.decimal(@trace.name_id(Text.escape(name.to_s)))},\"value\":"
      end
    end
  end
end
