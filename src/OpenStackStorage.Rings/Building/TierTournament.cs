using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Rings;

/// <summary>
/// For each tier, a tournament of its children: who has the most room wins, the first of equals. Upstream looks at all children
/// for each replica; a tournament needs one comparison per doubling of them. Source: builder.py, _reassign_parts.
/// </summary>
/// <remarks>
/// One array holds all tournaments, each a binary tree with its winner at 1 and its children at the leaves. A key is the room
/// in the upper 40 bits and the complement of the child's place in the lower 24, so that the greatest key is the winner.
/// A child that holds all the replicas of the partition in hand that it may is blocked until the next partition.
/// </remarks>
internal sealed class TierTournament
{
    private const int PlaceBits = 24;
    private const long PlaceMask = (1L << PlaceBits) - 1;
    private const long Blocked = long.MinValue;

    private readonly Node[] _nodes;
    private readonly long[] _keys;
    private readonly int[] _childAt;

    /// <param name="rank">By node: children compete in ascending order of it.</param>
    /// <param name="room">By node: replicas that it may still get; may be negative.</param>
    /// <param name="maximum">By node: replicas of one partition that it may hold.</param>
    public TierTournament(TierTree tree, int[] rank, long[] room, int[] maximum)
    {
        _nodes = new Node[tree.Count];
        int parents = tree.LevelStart[TierTree.Levels - 1];
        int[][] children = new int[parents][];
        int length = 0;
        for (int node = 0; node < parents; node++)
        {
            int[] ranked = tree.WeightedChildren(node);
            if (ranked.Length > PlaceMask)
                throw new RingException(ErrorIds.RingTooLarge, RingErrors.Text($"{tree.TierAt(node)} has more than {PlaceMask} tiers in it."));
            Array.Sort(Array.ConvertAll(ranked, child => rank[child]), ranked);
            children[node] = ranked;
            int leaves = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, ranked.Length));
            _nodes[node].Root = length;
            _nodes[node].FirstLeaf = length + leaves;
            length += 2 * leaves;
        }

        _keys = new long[length];
        _childAt = new int[length];
        Array.Fill(_keys, Blocked);
        for (int node = 0; node < parents; node++)
        {
            for (int place = 0; place < children[node].Length; place++)
            {
                int child = children[node][place];
                ref Node entry = ref _nodes[child];
                entry.ParentRoot = _nodes[node].Root;
                entry.Leaf = _nodes[node].FirstLeaf + place;
                entry.Place = place;
                entry.Room = room[child];
                entry.Maximum = maximum[child];
                _childAt[entry.Leaf] = child;
                if (entry.Maximum > 0)
                    SetKey(entry, entry.Key);
            }
        }
    }

    /// <summary>Gives the next replica of the partition in hand to the device with the most room, as a node; -1 if there is none.</summary>
    public int Place()
    {
        int node = 0;
        bool isBlocked = false;
        for (int level = 1; level < TierTree.Levels; level++)
        {
            ref readonly Node parent = ref _nodes[node];
            long key = _keys[parent.Root + 1];
            if (key == Blocked)
                return -1;
            node = _childAt[parent.FirstLeaf + (int)(~key & PlaceMask)];
            isBlocked = Take(ref _nodes[node], isBlocked);
        }

        return node;
    }

    /// <summary>Counts a replica that a device has already.</summary>
    /// <remarks>What lies in a blocked tier can't be chosen, so it needs no count of its own.</remarks>
    public void Occupy(in TierPath path)
    {
        if (!Occupy(path.Region) && !Occupy(path.Zone) && !Occupy(path.Server))
            Occupy(path.Device);
    }

    /// <summary>Forgets the partition's replicas on a device.</summary>
    public void Release(in TierPath path)
    {
        Release(path.Region);
        Release(path.Zone);
        Release(path.Server);
        Release(path.Device);
    }

    /// <summary>True if the node is full; a node without weight takes no part.</summary>
    private bool Occupy(int node)
    {
        ref Node entry = ref _nodes[node];
        if (++entry.Replicas < entry.Maximum || entry.Maximum == 0)
            return false;
        if (entry.Replicas == entry.Maximum)
            SetKey(entry, Blocked);
        return true;
    }

    /// <summary>True if the node is full now, or lies in one that is.</summary>
    private bool Take(ref Node entry, bool isBlocked)
    {
        entry.Room--;
        bool isFull = !isBlocked && ++entry.Replicas == entry.Maximum;
        SetKey(entry, isFull ? Blocked : entry.Key);
        return isBlocked | isFull;
    }

    private void Release(int node)
    {
        ref Node entry = ref _nodes[node];
        bool wasBlocked = entry.Maximum > 0 && entry.Replicas >= entry.Maximum;
        entry.Replicas = 0;
        if (wasBlocked)
            SetKey(entry, entry.Key);
    }

    /// <summary>Plays the tournament again on the way from a leaf to its winner.</summary>
    private void SetKey(in Node entry, long key)
    {
        // The leaf and all nodes above it lie in the tournament's own part of the array: checked when it was laid out.
        ref long tree = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_keys), entry.ParentRoot);
        int i = entry.Leaf - entry.ParentRoot;
        Unsafe.Add(ref tree, i) = key;
        while (i > 1)
        {
            key = Math.Max(key, Unsafe.Add(ref tree, i ^ 1));
            i >>= 1;
            Unsafe.Add(ref tree, i) = key;
        }
    }

    private struct Node
    {
        /// <summary>Where the tournament of the node's children begins.</summary>
        public int Root;

        public int FirstLeaf;

        /// <summary>Where the tournament that the node takes part in begins.</summary>
        public int ParentRoot;

        public int Leaf;

        public int Place;

        /// <summary>Replicas of the partition in hand.</summary>
        public int Replicas;

        public int Maximum;

        public long Room;

        public readonly long Key => (Room << PlaceBits) | (~Place & PlaceMask);
    }
}
