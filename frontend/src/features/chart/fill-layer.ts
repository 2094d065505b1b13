import type {
  IPrimitivePaneRenderer,
  ISeriesPrimitive,
  PrimitiveHoveredItem,
  SeriesAttachedParameter,
  Time,
  UTCTimestamp,
} from "lightweight-charts";
import type { Arrow } from "./fill-arrows";

type Target = Parameters<IPrimitivePaneRenderer["draw"]>[0];

/** From the tip, which is at the price: half the width, and the height, of an arrow. */
const HALF_PX = 5;
const TALL_PX = 8;
/** The tip keeps off the price by so much, so that the price itself is seen. */
const OFF_PX = 2;
/** Around an arrow, still meant. */
const NEAR_PX = 3;

interface Place {
  arrow: Arrow;
  x: number;
  y: number;
}

/** Arrows at own fills: from below for what was bought, from above for what was sold. */
export class FillLayer implements ISeriesPrimitive<Time> {
  private arrows: readonly Arrow[] = [];
  private on: SeriesAttachedParameter<Time> | null = null;
  private readonly view = {
    zOrder: () => "top" as const,
    renderer: () => ({ draw: (target: Target) => this.draw(target) }),
  };

  constructor(
    private readonly fill: string,
    private readonly edge: string,
  ) {}

  attached(parameter: SeriesAttachedParameter<Time>): void {
    this.on = parameter;
  }

  detached(): void {
    this.on = null;
  }

  paneViews() {
    return [this.view];
  }

  show(arrows: readonly Arrow[]): void {
    this.arrows = arrows;
    this.on?.requestUpdate();
  }

  /** The arrow under a point, told by its place in the list. */
  hitTest(x: number, y: number): PrimitiveHoveredItem | null {
    const found = this.places().findLast((place) => isNear(place, x, y));
    if (found === undefined) return null;
    const externalId = String(this.arrows.indexOf(found.arrow));
    return { externalId, zOrder: "top", cursorStyle: "default" };
  }

  /** What `hitTest` told of, where it is now. */
  placeOf(externalId: unknown): Place | null {
    const arrow = this.arrows[Number(externalId)];
    return this.places().find((place) => place.arrow === arrow) ?? null;
  }

  private places(): Place[] {
    const on = this.on;
    if (on === null) return [];
    const scale = on.chart.timeScale();
    return this.arrows.flatMap((arrow) => {
      const x = scale.timeToCoordinate(arrow.time as UTCTimestamp);
      const y = on.series.priceToCoordinate(arrow.price);
      return x === null || y === null ? [] : [{ arrow, x, y }];
    });
  }

  private draw(target: Target): void {
    // biome-ignore lint/correctness/useHookAtTopLevel: a method of the canvas, no hook
    target.useMediaCoordinateSpace(({ context }) => {
      context.fillStyle = this.fill;
      context.strokeStyle = this.edge;
      context.lineWidth = 1;
      for (const { arrow, x, y } of this.places()) {
        const way = wayOf(arrow);
        const tip = y + way * OFF_PX;
        context.beginPath();
        context.moveTo(x, tip);
        context.lineTo(x - HALF_PX, tip + way * TALL_PX);
        context.lineTo(x + HALF_PX, tip + way * TALL_PX);
        context.closePath();
        context.fill();
        context.stroke();
      }
    });
  }
}

/** Where the arrow lies of its price: below (1) or above (-1). */
function wayOf({ side }: Arrow): 1 | -1 {
  return side === "buy" ? 1 : -1;
}

function isNear({ arrow, x, y }: Place, pointX: number, pointY: number): boolean {
  const middle = y + wayOf(arrow) * (OFF_PX + TALL_PX / 2);
  return (
    Math.abs(pointX - x) <= HALF_PX + NEAR_PX && Math.abs(pointY - middle) <= TALL_PX / 2 + NEAR_PX
  );
}
