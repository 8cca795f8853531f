# frozen_string_literal: true

# The ways in which the VM words a NameError: which one a message has, and of what receiver it is.
#
# Used by ExceptionText. Such a message is an object that holds format, receiver and name, and puts
# them together on demand with the receiver's `inspect`. Two of them are equal when these are: so
# there is a sample of each format, of a receiver that notices what it is compared with.
require_relative "hidden_message"
require_relative "name_error_samples"

module CodeTracer
  module Pure
    module NameErrorForms
      # One format: a message object that has it, and its text in pieces.
      class Form
        # How a sample's receiver is described, and how it is named where no more is said of it.
        BARE = NameErrorSamples::Bare.name
        DESCRIPTIONS = ["an instance of #{BARE}", "#{NameErrorSamples::MARK}:#{BARE}"].freeze
        PLACE = Regexp.union(*DESCRIPTIONS, NameErrorSamples::MARK)

        def initialize(message, name)
          @message = message
          before, after = message.to_str.split(name, 2)
          @pieces = [*pieces(before), :name, *pieces(after)]
        end

        # Whether `message` has this format too; its receiver is then what the sample's has seen.
        def like?(message)
          NameErrorSamples.forget
          COMPARE.bind_call(@message, message)
          NameErrorSamples.seen?
        end

        # `parts` has the texts for :name, :description and :subject.
        def fill(parts)
          @pieces.map { |piece| parts[piece] || piece }.join
        end

        private

        def pieces(text)
          places = text.scan(PLACE).map do |place|
            DESCRIPTIONS.include?(place) ? :description : :subject
          end
          text.split(PLACE, -1).zip(places).flatten.compact
        end
      end

      FIRST = HiddenMessage.of(NameErrorSamples::ALL.first)
      IS_HIDDEN = !(String === FIRST) # elsewhere than in CRuby messages are strings
      if IS_HIDDEN
        MESSAGE_CLASS = FIRST.class
        COMPARE = Core.take(MESSAGE_CLASS, :==)
      end

      def self.make_all
        NameErrorSamples::ALL.each_with_object([]) do |error, forms|
          message = HiddenMessage.of(error)
          forms << Form.new(message, error.name.to_s) if forms.none? { |form| form.like?(message) }
        end
      end

      ALL = IS_HIDDEN ? make_all.freeze : [].freeze

      def self.message?(object)
        IS_HIDDEN && MESSAGE_CLASS.equal?(Core::CLASS_OF.bind_call(object))
      end

      # The form of a message object and its receiver, or nil.
      def self.find(message)
        form = ALL.find { |candidate| candidate.like?(message) }
        form && [form, NameErrorSamples.seen]
      end
    end
  end
end
