# frozen_string_literal: true

# mustache renders a list of orders.
#
# Its templates become Ruby code that is evaluated. It is a workload of workloads.rb.
require_relative "workload"
require "mustache"

class OrderPage < Mustache
  self.template = <<~PAGE
    <h1>{{title}}</h1>
    {{#orders}}
      <h2>{{customer}}</h2>
      {{#lines}}<p>{{name}}: {{price}}{{#dear}}, dear{{/dear}}</p>{{/lines}}
      {{^lines}}nothing{{/lines}}
    {{/orders}}
  PAGE

  def title
    "Orders"
  end
end

orders = (1..60).map do |number|
  lines = (1..number % 6).map do |i|
    { name: "thing #{i}", price: i * number, dear: i * number > 100 }
  end
  { customer: "Customer & Co. #{number}", lines: lines }
end
Workload.run { OrderPage.render(orders: orders).size }
