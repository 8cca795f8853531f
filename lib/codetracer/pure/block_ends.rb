# frozen_string_literal: true

# How a block ended that is a call of its own: it gave a value, or a jump left it.
#
# Part of CallEnds. The event has the value of a `break` of the block's own, as it has that of a
# return in a lambda, and none where any jump passes through, or where C code waits for the lambda.
# The bytecode of the block tells which jumps it can end by on a line.
module CodeTracer
  module Pure
    module BlockEnds
      # What the return of the innermost call shows, which is a block.
      def block_result(strand, tracepoint)
        value, function = tracepoint.return_value, strand.top.function
        jump = own_jump(function, tracepoint)
        ending = nil.equal?(value) ? find_of_block(strand, tracepoint, jump) : broken(jump)
        return unwound(strand, ending) if ending

        @rescued.call(@unwindings.forget(strand))
        strand.ended_block = nil
        return @values.encode_error("Absent", CallEnds::UNTOLD) if jump == :untold

        name = function.is_handler ? nil : tracepoint.method_id
        name ? @values.encode_return(value, name) : @values.encode(value)
      end

      private

      # Its own `break` or `return`, if it surely is one: :break, :return, or :untold for that of a
      # lambda whose value is not told; :perhaps where it may as well have ended in order.
      def own_jump(function, tracepoint)
        place = leaves?(function, tracepoint.lineno)
        line = function.jumps && function.jumps[tracepoint.lineno]
        return if place || line.nil? || line.kinds.size != 1
        return :perhaps if place.nil? && line.has_leave
        return line.kinds.first unless lambda?(tracepoint)

        :untold if nil.equal?(tracepoint.return_value) && line.kinds == [:return]
      end

      def broken(jump)
        CallEnds::BREAK if jump == :break
      end

      # An Unwinding, a text, or nil when it is a return.
      def find_of_block(strand, tracepoint, jump)
        line, function = tracepoint.lineno, strand.top.function
        case leaves?(function, line)
        when true then nil
        when false then passing(strand) || told(jump) || jump_through(strand) || left(jump)
        else
          passing_perhaps(strand, line) || told(jump) ||
            (jump_through(strand) if strand.ended_block && strand.ended_block.is_sure)
        end
      end

      def told(jump)
        { break: CallEnds::BREAK, return: CallEnds::BLOCK_RETURN }[jump]
      end

      def left(jump)
        CallEnds::LEFT unless jump
      end

      # Of a block inside of it, which a `break` leaves for the block that it stands in.
      def jump_through(strand)
        ended = strand.ended_block
        told(ended.kind) unless ended.nil? || (ended.kind == :break && own_block?(strand, ended))
      end

      # Whether it is known to be one.
      def lambda?(tracepoint)
        tracepoint.parameters.any? { |kind, _| kind == :req }
      end
    end
  end
end
